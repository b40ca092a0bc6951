//! `playmarks user …`: accounts from the command line, because there is no mail. Works while a server is running.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::{Context, bail};
use console::Term;

use crate::{
    auth::{self, password, rules},
    config::{Settings, UserAction},
    store::{self, Store, StoreError},
};

/// # Errors
/// One sentence: why it could not be done.
pub(super) async fn run(action: UserAction, settings: &Settings) -> anyhow::Result<()> {
    let (UserAction::Add { email } | UserAction::ResetPassword { email }) = &action;
    let store = store::open(settings).await?;
    let result = run_on(&*store, &action, email).await;
    store.close().await;
    result
}

async fn run_on(store: &dyn Store, action: &UserAction, email: &str) -> anyhow::Result<()> {
    let known = auth::find_account(store, email).await?.map(|(account, _)| account);
    let email = match &known {
        Some(account) => account.email.clone(),
        None => rules::normalize_email(email).map_err(|error| anyhow::anyhow!("{}", error.problem().detail))?,
    };
    match (action, known) {
        (UserAction::Add { .. }, Some(_)) => bail!("{email} already has an account. `playmarks user reset-password {email}` sets a new password."),
        (UserAction::ResetPassword { .. }, None) => bail!("{email} has no account. `playmarks user add {email}` creates one."),
        (UserAction::Add { .. }, None) => match store.create_user(&email, &read_password(&email)?, false).await {
            Ok(_) => print_line(&format!("{email} can sign in now.")),
            Err(StoreError::EmailTaken) => bail!("{email} already has an account."),
            Err(error) => Err(error.into()),
        },
        (UserAction::ResetPassword { .. }, Some(account)) => {
            // A running server notices the ended sessions within 30 s.
            let ended = store.set_password(account.id, &read_password(&email)?, None).await?;
            print_line(&format!("{email} has a new password; {} ended.", sessions(ended.len())))
        }
    }
}

/// Reads the password from the terminal or standard input, checks it, and returns its hash.
fn read_password(email: &str) -> anyhow::Result<String> {
    let terminal = Term::stderr();
    let line = if std::io::stdin().is_terminal() && terminal.is_term() {
        write!(&terminal, "Password for {email}: ")?;
        terminal.read_secure_line()
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    };
    let line = line.context("the password could not be read")?;
    let text = line.trim_end_matches(['\r', '\n']);
    rules::check_password(text, email).map_err(|error| anyhow::anyhow!("{}", error.problem().detail))?;
    password::hash(text).map_err(|error| anyhow::anyhow!("the password cannot be hashed: {error}"))
}

fn sessions(count: usize) -> String {
    if count == 1 { "1 session".into() } else { format!("{count} sessions") }
}

fn print_line(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}").map_err(Into::into)
}
