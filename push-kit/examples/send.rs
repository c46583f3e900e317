//! Sends one message: `cargo run --example send -- service-account.json TOKEN`.

use huawei_push_kit::{
    Endpoint, JwtSource, Message, Notification, PUSH_URL, Payload, PushClient, ServiceAccount, TOKEN_URL,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(key_file), Some(token)) = (arguments.next(), arguments.next()) else {
        return Err("usage: send KEY_FILE TOKEN".into());
    };
    let account = ServiceAccount::load(key_file.as_ref())?;
    let endpoint = Endpoint::v3(PUSH_URL, JwtSource::new(account, TOKEN_URL.to_owned()));
    let text = Notification { title: "Hello".into(), body: "From Rust".into(), ..Notification::default() };
    let message = Message::new(Payload::Alert(Box::new(text)));
    message.check(endpoint.api())?;
    let sent = endpoint.send(&PushClient::new()?, &message, &[&token]).await;
    println!("{} {:?}", sent.code, sent.outcome);
    Ok(())
}
