//! What an address and a password must be. Pure, and the same for the API, the forms and the command line.

use crate::error::{AppError, AppResult};

/// Characters of a password, at least.
const MIN_PASSWORD: usize = 8;
/// And at most: long enough for any phrase, short enough that hashing it costs nothing extra.
const MAX_PASSWORD: usize = 200;
/// Bytes of an address: RFC 5321's path, less its brackets.
const MAX_ADDRESS: usize = 254;

/// What guessers try first, among what is long enough, in lower case.
const COMMONEST: &[&str] = &[
    "00000000",
    "1111111111",
    "11111111",
    "11223344",
    "12121212",
    "123123123",
    "1234512345",
    "12341234",
    "12345678",
    "123456789",
    "1234567890",
    "0123456789",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "87654321",
    "987654321",
    "88888888",
    "aa123456",
    "abc12345",
    "abcd1234",
    "abcdefgh",
    "admin123",
    "administrator",
    "asdfasdf",
    "asdfghjk",
    "asdfghjkl",
    "baseball",
    "changeme",
    "computer",
    "football",
    "iloveyou",
    "iloveyou1",
    "internet",
    "letmein1",
    "liverpool",
    "michelle",
    "p@ssw0rd",
    "p@ssword",
    "passw0rd",
    "password",
    "password1",
    "password12",
    "password123",
    "password!",
    "playmarks",
    "princess",
    "q1w2e3r4",
    "qazwsxedc",
    "qwer1234",
    "qwerty12",
    "qwerty123",
    "qwertyui",
    "qwertyuiop",
    "starwars",
    "sunshine",
    "superman",
    "test1234",
    "trustno1",
    "welcome1",
    "whatever",
    "youtube1",
    "zxcvbnm1",
];

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
    let lower = password.to_lowercase();
    let weak = |detail: &str| Err(AppError::unprocessable("weak_password", detail));
    if length < MIN_PASSWORD {
        weak("This password is too short. Take at least 8 characters; a few words make a good one.")
    } else if length > MAX_PASSWORD {
        weak("This password is too long. Take at most 200 characters.")
    } else if lower.trim() == address {
        weak("The password is the e-mail address. Take one that nobody can read off your account.")
    } else if COMMONEST.contains(&lower.as_str()) || all_the_same(&lower) {
        weak("This password is one of the first that are tried. Take another; a few words make a good one.")
    } else {
        Ok(())
    }
}

fn all_the_same(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|first| chars.all(|c| c == first))
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
        for good in ["correct horse", "12345679", "ünïcödé!", &"ab".repeat(100)] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["", "seven77", "ünïcödé", &"ab".repeat(101), "PassWord", "12345678", "zzzzzzzzzz", "Ann@Example.org", " ann@example.org "] {
            assert_eq!(check(bad), Err("weak_password".into()), "{bad}");
        }
    }

    #[test]
    fn the_list_is_in_lower_case_and_long_enough() {
        for common in COMMONEST {
            assert!(common.chars().count() >= MIN_PASSWORD && **common == common.to_lowercase(), "{common}");
        }
    }

    proptest! {
        #[test]
        fn a_normal_address_stays_as_it_is(text in "\\PC{0,20}@\\PC{0,20}") {
            if let Ok(once) = address(&text) {
                prop_assert_eq!(address(&once).unwrap(), once);
            }
        }
    }
}
