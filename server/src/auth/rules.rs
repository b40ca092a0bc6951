//! What an address and a password must be. Pure, and the same for the API, the forms and the command line.

use zxcvbn::{Score, zxcvbn};

use crate::error::{AppError, AppResult};

/// Characters of a password, at least.
const MIN_PASSWORD: usize = 8;
/// And at most: long enough for any phrase, short enough that hashing it costs nothing extra.
const MAX_PASSWORD: usize = 200;
/// Bytes of an address: RFC 5321's path, less its brackets.
const MAX_ADDRESS: usize = 254;

/// What zxcvbn has to say of a password: more than a million guesses (the score `Two`). It is the lowest bar that `password12`, `iloveyou1`
/// and the like stay under.
const MIN_SCORE: Score = Score::Two;
/// Characters that are estimated, which takes some milliseconds at most. All 200 could take seconds, as every reading of every odd
/// character is tried; and a password whose beginning is strong enough is so itself.
const MAX_ESTIMATED: usize = 16;
/// Guessed here before anything else.
const OWN_WORDS: [&str; 2] = ["playmarks", "youtube"];

/// An address as it is stored and looked up: trimmed, in lower case.
///
/// # Errors
/// 422 `bad_email`.
pub fn address(text: &str) -> AppResult<String> {
    let address = text.trim().to_lowercase();
    let parts = address.split_once('@').filter(|(name, domain)| !name.is_empty() && !domain.is_empty() && !domain.contains('@'));
    let odd = address.chars().any(|c| c.is_whitespace() || c.is_control());
    if parts.is_none() || odd || address.len() > MAX_ADDRESS {
        return Err(AppError::unprocessable("bad_email", "This is not an e-mail address. Write it as in name@example.org."));
    }
    Ok(address)
}

/// Whether a password will do for the account of `address`, which is in lower case.
///
/// # Errors
/// 422 `weak_password`, saying why.
pub fn password(password: &str, address: &str) -> AppResult<()> {
    let length = password.chars().count();
    let weak = |detail: &str| Err(AppError::unprocessable("weak_password", detail));
    if length < MIN_PASSWORD {
        weak("This password is too short. Take at least 8 characters; a few words make a good one.")
    } else if length > MAX_PASSWORD {
        weak("This password is too long. Take at most 200 characters.")
    } else if password.trim().to_lowercase() == address {
        weak("The password is the e-mail address. Take one that nobody can read off your account.")
    } else if estimate(password, address) < MIN_SCORE {
        weak("This password is easy to guess. Take another; a few words make a good one.")
    } else {
        Ok(())
    }
}

fn estimate(password: &str, address: &str) -> Score {
    let beginning: String = password.chars().take(MAX_ESTIMATED).collect();
    let words: Vec<&str> = address.split(|c: char| !c.is_alphanumeric()).chain(OWN_WORDS).chain([address]).collect();
    zxcvbn(&beginning, &words).score()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses() {
        assert_eq!(address("  Ann.O'Neil+tube@Example.ORG ").unwrap(), "ann.o'neil+tube@example.org");
        assert_eq!(address("a@b").unwrap(), "a@b");
        let longest = format!("{}@example.org", "a".repeat(MAX_ADDRESS - 12));
        assert_eq!(address(&longest).unwrap(), longest);
        for bad in ["", "a", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\nc", &format!("a{longest}")] {
            assert_eq!(address(bad).unwrap_err().problem().code, "bad_email", "{bad:?}");
        }
    }

    #[test]
    fn passwords() {
        let check = |text: &str| password(text, "ann@example.org").map_err(|error| error.into_problem().code);
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
        ] {
            assert_eq!(check(bad), Err("weak_password".into()), "{bad}");
        }
    }

    /// What guessers try first, among what is long enough.
    const COMMON: &str = "
        00000000 1111111111 11111111 11223344 12121212 123123123 1234512345 12341234 12345678 123456789 1234567890 0123456789
        1q2w3e4r 1q2w3e4r5t 1qaz2wsx 87654321 987654321 88888888 aa123456 abc12345 abcd1234 abcdefgh admin123 administrator
        asdfasdf asdfghjk asdfghjkl baseball changeme computer football iloveyou iloveyou1 internet letmein1 liverpool michelle
        p@ssw0rd p@ssword passw0rd password password1 password12 password123 password! playmarks princess q1w2e3r4 qazwsxedc
        qwer1234 qwerty12 qwerty123 qwertyui qwertyuiop starwars sunshine superman test1234 trustno1 welcome1 whatever youtube1
        zxcvbnm1
    ";

    #[test]
    fn common_passwords_are_refused_in_any_case() {
        for common in COMMON.split_whitespace() {
            for text in [common.to_owned(), common.to_uppercase()] {
                assert!(password(&text, "ann@example.org").is_err(), "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn one_character_alone_is_no_password(c in "\\PC", length in MIN_PASSWORD..=MAX_PASSWORD) {
            prop_assert!(password(&c.repeat(length), "ann@example.org").is_err());
        }

        #[test]
        fn a_normal_address_stays_as_it_is(text in "\\PC{0,20}@\\PC{0,20}") {
            if let Ok(once) = address(&text) {
                prop_assert_eq!(address(&once).unwrap(), once);
            }
        }
    }
}
