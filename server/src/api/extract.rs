//! axum's extractors, rejecting with problems instead of plain text.

use axum::{
    extract::{
        FromRequest, FromRequestParts, Request,
        rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection},
    },
    http::{StatusCode, Uri, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use url::form_urlencoded;

use crate::error::{AppError, AppResult};

/// A JSON body, of requests and responses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<T>(pub(crate) T);

/// A JSON body that may be absent.
#[derive(Clone, Copy, Debug)]
pub(super) struct JsonOrDefault<T>(pub(super) T);

/// Path parameters. Rejects with 404, since an invalid id identifies nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path<T>(pub(crate) T);

/// Query parameters. Empty ones count as absent, because forms send them for fields that are not filled in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> AppResult<Self> {
        let axum::Json(body) = axum::Json::from_request(request, state).await.map_err(json_problem)?;
        Ok(Self(body))
    }
}

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for JsonOrDefault<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, state: &S) -> AppResult<Self> {
        let bytes = Bytes::from_request(request, state).await.map_err(bytes_problem)?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        let axum::Json(body) = axum::Json::from_bytes(&bytes).map_err(json_problem)?;
        Ok(Self(body))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> AppResult<Self> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(_)) => {
                let detail = "There is nothing at this address: a part of it that should be an id is not one.";
                Err(AppError::new(StatusCode::NOT_FOUND, "not_found", detail))
            }
            Err(rejection) => Err(AppError::internal(&rejection)),
        }
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> AppResult<Self> {
        let axum::extract::Query(value) =
            axum::extract::Query::try_from_uri(&without_empty_params(&parts.uri)).map_err(|rejection| query_problem(&rejection))?;
        Ok(Self(value))
    }
}

fn without_empty_params(uri: &Uri) -> Uri {
    let mut query = form_urlencoded::Serializer::new(String::from("/?"));
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        if !value.is_empty() {
            query.append_pair(&name, &value);
        }
    }
    // The serializer only writes valid queries.
    query.finish().parse().unwrap_or_default()
}

fn json_problem(rejection: JsonRejection) -> AppError {
    match rejection {
        JsonRejection::MissingJsonContentType(_) => {
            let detail = "This call takes JSON. Send it with the header Content-Type: application/json.";
            AppError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "json_expected", detail)
        }
        JsonRejection::JsonSyntaxError(error) => bad_request("bad_json", format!("The body is not valid JSON. {}", reason(&error.body_text()))),
        JsonRejection::JsonDataError(error) => {
            let detail = format!("The body does not have the fields that this call takes. {}", reason(&error.body_text()));
            AppError::unprocessable("bad_body", detail)
        }
        JsonRejection::BytesRejection(rejection) => bytes_problem(rejection),
        rejection => AppError::internal(&rejection),
    }
}

fn bytes_problem(rejection: BytesRejection) -> AppError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let detail = "The body is too large for this call. Send less at once.";
        return AppError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail);
    }
    bad_request("incomplete_body", "The body was incomplete. Send the request again.".into())
}

fn query_problem(rejection: &QueryRejection) -> AppError {
    bad_request("bad_query", format!("A query parameter is not valid. {}", reason(&rejection.body_text())))
}

fn bad_request(code: &'static str, detail: String) -> AppError {
    AppError::new(StatusCode::BAD_REQUEST, code, detail)
}

/// serde's message without axum's introduction.
fn reason(text: &str) -> String {
    let text = text.split_once(": ").map_or(text, |(_, reason)| reason);
    format!("({text})")
}

#[cfg(test)]
mod tests {
    use app::wire::{Credentials, RetryRequest, VideoFilter, VideoStatus};
    use axum::body::Body;

    use super::*;

    fn request(content_type: Option<&str>, body: impl Into<Body>) -> Request {
        let mut request = Request::builder().method("POST").uri("/");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        request.body(body.into()).unwrap()
    }

    #[tokio::test]
    async fn json_is_rejected_when_type_syntax_or_size_is_wrong() {
        let json = Some("application/json");
        let cases = [
            (None, "{}", 415, "json_expected"),
            (Some("text/plain"), "{}", 415, "json_expected"),
            (json, "{", 400, "bad_json"),
            (json, "", 400, "bad_json"),
            (json, "{\"email\":1}", 422, "bad_body"),
            (json, "{}", 422, "bad_body"),
        ];
        for (content_type, body, status, code) in cases {
            let Err(error) = Json::<Credentials>::from_request(request(content_type, body), &()).await else { panic!("{body} was accepted") };
            assert_eq!((error.problem().status, error.problem().code.as_ref()), (status, code), "{body}");
            assert!(error.problem().detail.len() > 30, "{}", error.problem().detail);
        }
        let mut large = request(json, vec![b' '; 200]);
        axum::extract::DefaultBodyLimit::max(100).apply(&mut large);
        let Err(error) = Json::<Credentials>::from_request(large, &()).await else { panic!("a large body was accepted") };
        assert_eq!((error.problem().status, error.problem().code.as_ref()), (413, "too_large"));
    }

    #[tokio::test]
    async fn absent_body_is_the_default() {
        let JsonOrDefault(none) = JsonOrDefault::<RetryRequest>::from_request(request(None, ""), &()).await.unwrap();
        assert!(none.causes.is_empty());
        let JsonOrDefault(some) = JsonOrDefault::<RetryRequest>::from_request(request(None, r#"{"causes":["network"]}"#), &()).await.unwrap();
        assert_eq!(some.causes.len(), 1);
        let error = JsonOrDefault::<RetryRequest>::from_request(request(None, r#"{"causes":["boredom"]}"#), &()).await.unwrap_err();
        assert_eq!(error.problem().code, "bad_body");
    }

    #[tokio::test]
    async fn query_is_parsed_without_its_empty_parameters() {
        let parse = |uri: &'static str| async move {
            let mut parts = Request::builder().uri(uri).body(()).unwrap().into_parts().0;
            Query::<VideoFilter>::from_request_parts(&mut parts, &()).await.map(|Query(filter)| filter)
        };
        let filter = parse("/x?status=failed&q=a%26b+c&limit=&sort=&cursor=").await.unwrap();
        assert_eq!(filter, VideoFilter { status: Some(VideoStatus::Failed), q: Some("a&b c".into()), ..VideoFilter::default() });
        assert_eq!(parse("/x").await.unwrap(), VideoFilter::default());
        for bad in ["/x?limit=many", "/x?limit=-1", "/x?status=odd", "/x?sort=backwards"] {
            let error = parse(bad).await.unwrap_err();
            assert_eq!((error.problem().status, error.problem().code.as_ref()), (400, "bad_query"), "{bad}");
        }
    }
}
