//! Signs in with a token, else with an e-mail address and a password from the terminal.

use std::io::{self, IsTerminal};

use app::wire::{AuthResponse, Credentials, Problem};
use console::Term;
use secrecy::ExposeSecret;

use super::{
    problem,
    server::{Server, Tokens, access_token, address, checked, client, read, unreachable},
};
use crate::config::ImportArgs;

pub(super) async fn sign_in(args: &ImportArgs) -> Result<Server, Problem> {
    if !matches!(args.server.scheme(), "http" | "https") {
        return Err(problem("bad_server", "--server must be an address such as https://marks.example.org."));
    }
    let http = client()?;
    let tokens = match args.token.as_ref().map(|token| token.expose_secret()).filter(|token| !token.is_empty()) {
        // Access tokens are three parts with dots between (RFC 7519); refresh tokens have none.
        Some(token) if token.contains('.') => Tokens { access: token.into(), refresh: None, is_ours: false },
        Some(token) => {
            let access = access_token(&http, &args.server, token).await.map_err(refused_token)?;
            Tokens { access, refresh: Some(token.into()), is_ours: false }
        }
        None => {
            let credentials = prompt()?;
            let request = http.post(address(&args.server, "/api/auth/login")).json(&credentials);
            let answer = request.send().await.map_err(|error| unreachable(&args.server, &error))?;
            let session: AuthResponse = read(checked(answer).await?).await?;
            Tokens { access: session.access_token, refresh: Some(session.refresh_token), is_ours: true }
        }
    };
    Ok(Server::new(http, args.server.clone(), tokens))
}

fn refused_token(refused: Problem) -> Problem {
    let detail = "PLAYMARKS_TOKEN is not a token of this server, or its session has ended. Sign in again for a new one.";
    if refused.is_signed_out() { Problem { detail: detail.into(), ..refused } } else { refused }
}

fn prompt() -> Result<Credentials, Problem> {
    let terminal = Term::stderr();
    if !io::stdin().is_terminal() || !terminal.is_term() {
        return Err(problem("token_missing", "There is no terminal to ask for a password. Set PLAYMARKS_TOKEN; `playmarks import --help` says how."));
    }
    let ask = |question: &str, secret: bool| -> io::Result<String> {
        terminal.write_str(question)?;
        if secret { terminal.read_secure_line() } else { terminal.read_line() }
    };
    let asked = ask("E-mail address: ", false).and_then(|email| ask("Password: ", true).map(|password| Credentials { email, password }));
    asked.map_err(|error| problem("no_terminal", format!("The terminal could not be read: {error}.")))
}
