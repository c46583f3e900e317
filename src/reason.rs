//! Why an [`Error`](crate::Error) arose: one enum for each of its variants that has more than one cause.

use std::fmt;

macro_rules! reasons {
    ($(#[$about:meta])* $name:ident { $($reason:ident = $text:literal),* $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = $text] $reason,)*
        }

        impl $name {
            /// Every reason once, for tests and tables.
            pub const ALL: &'static [Self] = &[$(Self::$reason),*];

            /// The reason in words.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$reason => $text,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

reasons! {
    /// Which limit is exceeded.
    TooLarge {
        Payload = "a payload has at most 16384 bytes",
        Header = "a protected header has at most 512 bytes",
        Plaintext = "a plaintext has at most 8192 bytes; use an attachment",
        Attachment = "an attachment has at most 4 MiB",
    }
}

reasons! {
    /// Which rule of form is broken.
    Malformed {
        JsonValue = "JSON value expected",
        JsonName = "JSON name expected",
        JsonColon = "JSON colon expected",
        JsonCommaOrBrace = "JSON comma or closing brace expected",
        JsonCommaOrBracket = "JSON comma or closing bracket expected",
        JsonNumber = "JSON number expected",
        JsonUnbalanced = "JSON is not balanced",
        JsonUnterminated = "JSON does not end",
        JsonTrailing = "JSON is followed by something else",
        UnterminatedString = "a JSON string does not end",
        ControlCharacter = "a control character in a JSON string",
        UnknownEscape = "an unknown escape in a JSON string",
        HexDigits = "four hexadecimal digits expected in a JSON string",
        NotAnObject = "not a JSON object, so it has no fields",
        Base64Url = "base64url expected: no padding, no white space, zero trailing bits",
        FiveParts = "a compact JWE has five parts",
        Iv = "the IV is not 12 bytes in base64url",
        Ciphertext = "the ciphertext is not base64url",
        Tag = "the tag is not 16 bytes in base64url",
        HeaderBase64Url = "the header is not base64url",
        HeaderUtf8 = "the header is not UTF-8",
        HeaderObject = "the header is not a JSON object",
        HeaderMembers = "the header needs alg, enc and kid, as strings",
        HeaderEscapedName = "an escaped name in the header",
        HeaderEscapedValue = "an escaped value in the header",
        KeyId = "kid is not 1 to 16 printable ASCII characters without \" and \\",
        PlaintextObject = "the plaintext is not a JSON object",
        IssuedAtMissing = "iat is missing",
        Seconds = "iat and exp are whole seconds since 1970, up to the year 9999",
        ExpiryBeforeIssue = "exp is not later than iat",
        MessageId = "jti is a string of 1 to 64 bytes without control characters",
        Audience = "aud is not a string",
        DataOrReference = "a message has either data or ref",
        Reference = "ref is {id, size, sha256, key}",
        AttachmentId = "an attachment's id has 1 to 64 letters, digits, - or _",
        AttachmentHash = "sha256 is not 32 bytes in base64url",
        AttachmentKey = "an attachment's key is not 16 bytes in base64url",
        AttachmentHeader = "an attachment begins with salt, record size and key id",
        AttachmentRecordSize = "an attachment has records of at least 18 bytes",
        AttachmentRecords = "an attachment's records are cut or out of order",
    }
}

reasons! {
    /// What this library refuses to do.
    Unsupported {
        Algorithm = "an alg other than \"dir\"",
        Encryption = "an enc other than A128GCM and A256GCM",
        EncryptionMismatch = "an enc that differs from the registered key's",
        EncryptedKey = "an encrypted key; only alg \"dir\", with none, is read",
        NotBefore = "the claim nbf: a message is for now, or for never",
        HeaderMember = "one of zip, crit, jwk, jku, x5u, x5c in the header",
    }
}

reasons! {
    /// What two JSON parsers could read differently.
    UnsafeJson {
        NotUtf8 = "not UTF-8",
        DuplicateName = "a name occurs twice in one object",
        TooDeep = "nested deeper than 32",
        LoneSurrogate = "half of a surrogate pair",
        LargeInteger = "an integer beyond 2^53 - 1; write it as a string",
        Overflow = "a number that overflows",
    }
}

reasons! {
    /// Which argument is wrong.
    InvalidArgument {
        KeyId = "a key id has 1 to 16 printable ASCII characters, without \" and \\",
        KeyLength = "a key has 16 bytes (A128GCM) or 32 bytes (A256GCM)",
        KeyringSize = "a keyring holds at most 16 keys",
        KeyringRepeat = "a key id occurs twice in the keyring",
        AttachmentId = "an attachment's id has 1 to 64 letters, digits, - or _",
        Data = "data is not JSON text",
    }
}
