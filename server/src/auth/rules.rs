//! Which e-mail addresses and passwords are accepted, by the API, the forms and the command line alike.

use unicode_normalization::UnicodeNormalization as _;
use zxcvbn::{Score, zxcvbn};

use crate::{
    error::{AppError, AppResult},
    text::{is_invisible, trim_invisible},
};

/// In characters.
const MIN_PASSWORD_LEN: usize = 8;
/// In characters: long enough for any passphrase, short enough that hashing it costs no more.
const MAX_PASSWORD_LEN: usize = 200;
/// In bytes: RFC 5321's path without its brackets.
const MAX_EMAIL_LEN: usize = 254;
/// In bytes, before it is normalized, which makes some texts shorter.
const MAX_TYPED_EMAIL_LEN: usize = 4 * MAX_EMAIL_LEN;

/// More than a million guesses, which is the lowest score that `password12`, `iloveyou1` and the like do not reach.
const MIN_SCORE: Score = Score::Two;
/// Characters that zxcvbn sees, which takes it a few milliseconds at most. All 200 could take it seconds, because it tries all readings of
/// every leet character; and a password is no weaker than its first characters.
const MAX_ESTIMATED_CHARS: usize = 16;
/// What somebody would try first on this site.
const SITE_WORDS: [&str; 2] = ["playmarks", "youtube"];

/// The one form in which an address is stored, so that addresses which look alike are one account: in Unicode's form NFKC and lower case, the
/// domain in ASCII (UTS #46) and without the root's dot. `Ann@Bücher.example.` becomes `ann@xn--bcher-kva.example`. What is behind a `+`
/// stays: not every provider delivers it to the same person.
///
/// # Errors
/// 422 `bad_email`.
pub(crate) fn normalize_email(text: &str) -> AppResult<String> {
    let refused = || AppError::unprocessable("bad_email", "This is not an e-mail address. Write it like name@example.org.");
    let text = trim_invisible(text);
    // Before the rest, which takes longer the longer a text is.
    if text.len() > MAX_TYPED_EMAIL_LEN {
        return Err(refused());
    }
    let folded: String = text.nfkc().collect::<String>().to_lowercase().nfkc().collect();
    let (name, domain) = folded.split_once('@').ok_or_else(refused)?;
    let domain = idna::domain_to_ascii(domain).map_err(|_| refused())?;
    let domain = domain.strip_suffix('.').unwrap_or(&domain);
    let email = format!("{name}@{domain}");
    let has_empty_part = name.is_empty() || domain.split('.').any(str::is_empty);
    if has_empty_part || domain.contains('@') || email.contains(is_invisible) || email.len() > MAX_EMAIL_LEN {
        return Err(refused());
    }
    Ok(email)
}

/// The forms in which the address of an account may be stored, first that of earlier versions, which only trimmed it and made it lower case.
pub(super) fn stored_emails(text: &str) -> Vec<String> {
    let earlier = Some(text.trim().to_lowercase()).filter(|earlier| earlier.len() <= MAX_EMAIL_LEN);
    let mut forms: Vec<String> = earlier.into_iter().chain(normalize_email(text)).collect();
    forms.dedup();
    forms
}

/// The form of a password that is judged and hashed: Unicode's NFC, because keyboards and systems differ in how they write `é` (RFC 8265).
pub(crate) fn normalize_password(password: &str) -> String {
    password.nfc().collect()
}

/// Refuses passwords that are too short, too long or easy to guess. `email` is the normalized address of the account.
///
/// # Errors
/// 422 `weak_password` with the reason.
pub(crate) fn check_password(password: &str, email: &str) -> AppResult<()> {
    let password = &*normalize_password(password);
    let length = password.chars().count();
    let weak = |detail: &str| Err(AppError::unprocessable("weak_password", detail));
    if length < MIN_PASSWORD_LEN {
        weak("This password is too short. Use at least 8 characters; a few words make a good one.")
    } else if length > MAX_PASSWORD_LEN {
        weak("This password is too long. Use at most 200 characters.")
    } else if stored_emails(password).iter().any(|form| form == email) {
        weak("The password is your e-mail address. Choose one that is not part of your account.")
    } else if estimate_strength(password, email) < MIN_SCORE {
        weak("This password is easy to guess. Choose another; a few words make a good one.")
    } else {
        Ok(())
    }
}

fn estimate_strength(password: &str, email: &str) -> Score {
    let beginning: String = password.chars().take(MAX_ESTIMATED_CHARS).collect();
    let words: Vec<&str> = email.split(|c: char| !c.is_alphanumeric()).chain(SITE_WORDS).chain([email]).collect();
    zxcvbn(&beginning, &words).score()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn email_is_normalized_or_refused() {
        assert_eq!(normalize_email("  Ann.O'Neil+tube@Example.ORG ").unwrap(), "ann.o'neil+tube@example.org");
        assert_eq!(normalize_email("a@b").unwrap(), "a@b");
        let longest = format!("{}@example.org", "a".repeat(MAX_EMAIL_LEN - 12));
        assert_eq!(normalize_email(&longest).unwrap(), longest);
        let endless = format!("ann@{}", "a\u{301}".repeat(100_000));
        for bad in [
            "",
            "a",
            "@",
            "a@",
            "@b",
            "a@b@c",
            "a b@c",
            "a@b\nc",
            "a@b\u{ff20}c",
            "a@.",
            "a@b..c",
            "a\u{200b}b@c",
            "a\u{202e}b@c",
            &format!("a{longest}"),
            &endless,
        ] {
            assert_eq!(normalize_email(bad).unwrap_err().problem().code, "bad_email", "{bad:?}");
        }
    }

    #[test]
    fn addresses_that_look_alike_are_one() {
        for (one, other) in [
            ("ann@example.org", "ＡＮＮ＠ｅｘａｍｐｌｅ．ｏｒｇ"),
            ("ann@example.org", "Ann@EXAMPLE.org."),
            ("ann@example.org", "\u{feff}ann@example。org\u{200b}"),
            ("ann@example.org", "ann@exa\u{ad}mple.org"),
            ("anné@example.org", "anne\u{301}@example.org"),
            ("ﬁn@example.org", "fin@example.org"),
            ("ann@bücher.example", "ann@xn--bcher-kva.example"),
            ("ann@bücher.example", "ann@BU\u{308}CHER.example"),
        ] {
            assert_eq!(normalize_email(one).unwrap(), normalize_email(other).unwrap(), "{one} {other}");
        }
        assert_eq!(normalize_email("ann@bücher.example").unwrap(), "ann@xn--bcher-kva.example");
        assert_ne!(normalize_email("ann@example.org").unwrap(), normalize_email("ann+tube@example.org").unwrap());
        assert_eq!(stored_emails(" Ann@Bücher.example"), ["ann@bücher.example", "ann@xn--bcher-kva.example"]);
        assert_eq!(stored_emails("Ann@example.org"), ["ann@example.org"]);
    }

    #[test]
    fn password_is_refused_when_short_long_or_easy_to_guess() {
        let check = |text: &str| check_password(text, "ann@example.org").map_err(|error| error.into_problem().code);
        for good in ["correct horse", "ünïcödé!", "4@8({[<369!1|0$57+2%", &"correct horse ".repeat(20)[..200]] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "k7!pqzx",
            "ünïcödé",
            &"correct horse ".repeat(20)[..201],
            "PassWord",
            "Password1",
            "youtube99",
            "ann12345",
            "zzzzzzzzzz",
            "Ann@Example.org",
            " ann@example.org ",
            "ａｎｎ@example.org.",
            &"e\u{301}".repeat(7),
        ] {
            assert_eq!(check(bad), Err("weak_password".into()), "{bad}");
        }
    }

    /// Among the first that an attacker tries; all are long enough.
    const COMMON: &str = "
        00000000 1111111111 11111111 11223344 12121212 123123123 1234512345 12341234 12345678 123456789 1234567890 0123456789
        1q2w3e4r 1q2w3e4r5t 1qaz2wsx 87654321 987654321 88888888 aa123456 abc12345 abcd1234 abcdefgh admin123 administrator
        asdfasdf asdfghjk asdfghjkl baseball changeme computer football iloveyou iloveyou1 internet letmein1 liverpool michelle
        p@ssw0rd p@ssword passw0rd password password1 password12 password123 password! playmarks princess q1w2e3r4 qazwsxedc
        qwer1234 qwerty12 qwerty123 qwertyui qwertyuiop starwars sunshine superman test1234 trustno1 welcome1 whatever youtube1
        zxcvbnm1
    ";

    #[test]
    fn common_password_is_refused_in_any_case() {
        for common in COMMON.split_whitespace() {
            for text in [common.to_owned(), common.to_uppercase()] {
                assert!(check_password(&text, "ann@example.org").is_err(), "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn repeated_character_is_refused_at_any_length(c in "\\PC", length in MIN_PASSWORD_LEN..=MAX_PASSWORD_LEN) {
            prop_assert!(check_password(&c.repeat(length), "ann@example.org").is_err());
        }

        #[test]
        fn normalized_email_is_unchanged_when_normalized_again(text in "\\PC{0,20}@\\PC{0,20}") {
            if let Ok(once) = normalize_email(&text) {
                prop_assert_eq!(normalize_email(&once).unwrap(), once);
            }
        }
    }
}
