//! Somebody with an account, over HTTP.

use anyhow::Context;
use reqwest::{
    Client,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Signed up.
#[derive(Clone)]
pub(crate) struct Person {
    client: Client,
    base: String,
    pub(crate) id: Uuid,
    pub(crate) token: String,
}

impl Person {
    /// Signs somebody new up.
    pub(crate) async fn sign_up(client: &Client, base: &str) -> anyhow::Result<Self> {
        let body = json!({ "email": format!("{}@example.org", Uuid::new_v4().simple()), "password": "correct horse battery" });
        let answer = client.post(format!("{base}/api/auth/register")).json(&body).send().await?.error_for_status()?;
        let answer: Value = answer.json().await?;
        let token = answer["access_token"].as_str().context("an access token")?.to_owned();
        Ok(Self { client: client.clone(), base: base.into(), id: id(&answer["user"])?, token })
    }

    /// A new list.
    pub(crate) async fn new_list(&self, name: &str) -> anyhow::Result<Uuid> {
        let request = self.client.post(format!("{}/api/lists", self.base)).bearer_auth(&self.token).json(&json!({ "name": name }));
        id(&request.send().await?.error_for_status()?.json().await?)
    }

    /// Uploads a file into a list.
    pub(crate) async fn upload(&self, list_id: Uuid, file: Vec<u8>) -> anyhow::Result<Value> {
        let form = Form::new().part("file", Part::bytes(file).file_name("bench.csv"));
        let request = self.client.post(format!("{}/api/lists/{list_id}/videos/bulk", self.base)).bearer_auth(&self.token).multipart(form);
        Ok(request.send().await?.error_for_status().context("the upload")?.json().await?)
    }

    /// One page of a job's history, as text; the address is the path and query below `/api`.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<String> {
        let request = self.client.get(format!("{}/api/{path}", self.base)).bearer_auth(&self.token);
        Ok(request.send().await?.error_for_status()?.text().await?)
    }

    /// The address of the WebSocket, with the token in it.
    pub(crate) fn socket_url(&self) -> String {
        format!("{}/api/ws/progress?token={}", self.base.replacen("http", "ws", 1), self.token)
    }
}

fn id(object: &Value) -> anyhow::Result<Uuid> {
    Ok(object["id"].as_str().context("an id")?.parse()?)
}
