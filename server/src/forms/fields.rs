//! The fields of a form, as `application/x-www-form-urlencoded`. A missing one is an empty one: the checks behind it say what is wrong.

use axum::extract::{FromRequest, Request, rejection::BytesRejection};
use bytes::Bytes;
use url::form_urlencoded;

/// All fields, in the order of the form.
pub(super) struct Fields(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = BytesRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, BytesRejection> {
        Ok(Self::parse(&Bytes::from_request(request, state).await?))
    }
}

impl Fields {
    fn parse(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// The first field of that name; empty where there is none.
    pub(super) fn one(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// Every field of that name: check boxes.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let fields = Fields::parse(b"name=My+list%21&causes=network&causes=rate_limited");
        assert_eq!((fields.one("name"), fields.one("other")), ("My list!", ""));
        assert_eq!(fields.all("causes").collect::<Vec<_>>(), ["network", "rate_limited"]);
    }
}
