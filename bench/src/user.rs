//! A user of the HTTP API.

use anyhow::Context;
use futures::{StreamExt, TryStreamExt, stream};
use reqwest::{
    Client, Method, RequestBuilder,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Clone)]
pub(crate) struct User {
    client: Client,
    base: String,
    pub(crate) id: Uuid,
    pub(crate) token: String,
}

impl User {
    /// Signs up this many users, a few at a time: passwords are hashed slowly on purpose.
    pub(crate) async fn sign_up_many(base: &str, count: usize) -> anyhow::Result<Vec<Self>> {
        let client = Client::new();
        stream::iter(0..count).map(|_| Self::sign_up(&client, base)).buffer_unordered(4).try_collect().await
    }

    /// Signs a new user up.
    pub(crate) async fn sign_up(client: &Client, base: &str) -> anyhow::Result<Self> {
        let credentials = json!({ "email": format!("{}@example.org", Uuid::new_v4().simple()), "password": "correct horse battery" });
        let response = client.post(format!("{base}/api/auth/register")).json(&credentials).send().await?.error_for_status()?;
        let body: Value = response.json().await?;
        let token = body["access_token"].as_str().context("an access token")?.to_owned();
        Ok(Self { client: client.clone(), base: base.into(), id: parse_id(&body["user"])?, token })
    }

    pub(crate) async fn create_list(&self, name: &str) -> anyhow::Result<Uuid> {
        let request = self.client.post(format!("{}/api/lists", self.base)).bearer_auth(&self.token).json(&json!({ "name": name }));
        parse_id(&request.send().await?.error_for_status()?.json().await?)
    }

    /// Imports a CSV file into a list and returns the response.
    pub(crate) async fn import(&self, list_id: Uuid, file: Vec<u8>) -> anyhow::Result<Value> {
        let form = Form::new().part("file", Part::bytes(file).file_name("bench.csv"));
        let request = self.client.post(format!("{}/api/lists/{list_id}/videos/bulk", self.base)).bearer_auth(&self.token).multipart(form);
        Ok(request.send().await?.error_for_status().context("importing the file")?.json().await?)
    }

    /// GETs a path below `/api` and returns the body.
    pub(crate) async fn get_text(&self, path: &str) -> anyhow::Result<String> {
        let request = self.client.get(format!("{}/api/{path}", self.base)).bearer_auth(&self.token);
        Ok(request.send().await?.error_for_status()?.text().await?)
    }

    /// Sends a request to a path below `/api`, reads the answer to its end, and returns its status.
    pub(crate) async fn send(&self, method: Method, path: &str, complete: impl FnOnce(RequestBuilder) -> RequestBuilder) -> anyhow::Result<u16> {
        let request = self.client.request(method, format!("{}/api/{path}", self.base)).bearer_auth(&self.token);
        let response = complete(request).send().await?;
        let status = response.status().as_u16();
        response.bytes().await?;
        Ok(status)
    }

    /// The URL of the progress WebSocket, including the token.
    pub(crate) fn socket_url(&self) -> String {
        format!("{}/api/ws/progress?token={}", self.base.replacen("http", "ws", 1), self.token)
    }
}

fn parse_id(object: &Value) -> anyhow::Result<Uuid> {
    Ok(object["id"].as_str().context("an id")?.parse()?)
}
