//! The fields of an `application/x-www-form-urlencoded` form. A missing field counts as empty, and is refused by its own validation.

use axum::extract::{FromRequest, Request, rejection::BytesRejection};
use bytes::Bytes;
use url::form_urlencoded;

/// All fields, in order.
pub(super) struct Form(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = BytesRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, BytesRejection> {
        Ok(Self::parse(&Bytes::from_request(request, state).await?))
    }
}

impl Form {
    fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The first field with this name, else empty.
    pub(super) fn field(&self, name: &str) -> &str {
        self.fields(name).next().unwrap_or_default()
    }

    /// All fields with this name, as of check boxes.
    pub(super) fn fields(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_field_is_empty_and_repeated_field_is_kept() {
        let form = Form::parse(b"name=My+list%21&causes=network&causes=rate_limited");
        assert_eq!((form.field("name"), form.field("other")), ("My list!", ""));
        assert_eq!(form.fields("causes").collect::<Vec<_>>(), ["network", "rate_limited"]);
    }
}
