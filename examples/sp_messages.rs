//! Writes the messages of a service provider: AuthnRequest, LogoutRequest, LogoutResponse, metadata. It shows how an
//! application uses the library, and makes the messages of `tests/interop/saml_sp.sh`.
//!
//! `cargo run --example sp_messages -- authn-request --binding redirect --key sp.pem --destination https://idp.example/sso`

use bonafide::crypto::SigningKey;
use bonafide::saml::logout::{self, Answer, Call, Outcome, Session};
use bonafide::saml::metadata::ServiceProvider;
use bonafide::saml::{
    Acs, Arrived, AuthnRequest, Force, MessageId, NameId, Outgoing, RequestedContext, RequestedNameId,
    Signature, TrustedIdp,
};
use clap::{Parser, ValueEnum};
use ring::rand::{SecureRandom as _, SystemRandom};
use std::error::Error;
use std::path::PathBuf;
use time::OffsetDateTime;

#[derive(Parser)]
#[command(about = "Write a message of a service provider")]
struct Options {
    kind: Kind,
    /// How it is packed
    #[arg(long, value_enum, default_value = "xml")]
    binding: Binding,
    /// PEM file: private key and certificate of this service
    #[arg(long)]
    key: PathBuf,
    #[arg(long, default_value = "https://sp.interop.test/metadata")]
    sp: String,
    #[arg(long, default_value = "https://idp.interop.test/metadata")]
    idp: String,
    /// URL of the peer that the message goes to
    #[arg(long, default_value = "https://idp.interop.test/sso")]
    destination: String,
    #[arg(long, default_value = "https://sp.interop.test/acs")]
    acs: String,
    #[arg(long, default_value = "https://sp.interop.test/slo")]
    slo: String,
    #[arg(long)]
    relay_state: Option<String>,
    /// ForceAuthn
    #[arg(long)]
    force: bool,
    /// NameID format: asked for, or of the name that is logged out
    #[arg(long)]
    format: Option<String>,
    /// AuthnContextClassRef
    #[arg(long)]
    context: Vec<String>,
    /// Whom to log out
    #[arg(long, default_value = "alice@example.test")]
    name_id: String,
    #[arg(long)]
    session_index: Option<String>,
    /// File with the LogoutRequest that is answered: a redirect URL or XML
    #[arg(long)]
    request: Option<PathBuf>,
    /// Certificate of the peer that made the request
    #[arg(long)]
    idp_cert: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    AuthnRequest,
    LogoutRequest,
    LogoutResponse,
    Metadata,
}

#[derive(Clone, Copy, ValueEnum)]
enum Binding {
    /// The document, signed inside
    Xml,
    /// The page that posts it
    Post,
    /// The URL, signed beside the message
    Redirect,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    // The library reads neither clock nor random numbers: an application brings both.
    #[allow(clippy::disallowed_methods, reason = "an application has a clock")]
    let now = OffsetDateTime::now_utc();
    let mut entropy = [0; 20];
    SystemRandom::new().fill(&mut entropy).map_err(|_| "no random numbers")?;
    let id = MessageId::from_entropy(&entropy)?;
    let pem = std::fs::read_to_string(&options.key)?;
    let key = SigningKey::from_pem(&pem).map_err(|failure| format!("--key: {:?}", failure.reason))?;
    let message = match options.kind {
        Kind::Metadata => {
            let certificate = bonafide::crypto::Signer::certificate(&key).ok_or("--key: no certificate")?;
            let sp = ServiceProvider::new(&options.sp, &options.acs)?.with_single_logout(&options.slo)?;
            let sp = sp.with_signing_certificate(certificate)?.with_encryption_certificate(certificate)?;
            println!("{}", sp.to_xml_signed_by(&key, now)?);
            return Ok(());
        }
        Kind::AuthnRequest => authn_request(&options, id, now)?,
        Kind::LogoutRequest => {
            let mut name = NameId::new(&options.name_id);
            if let Some(format) = &options.format {
                name = name.with_format(format);
            }
            let session = Session::new(&options.idp, &options.sp, name, options.session_index.as_deref());
            let call = Call::new(&session, &options.destination, id, now)?;
            eprintln!("{}", serde_json::to_string(&call.pending(options.relay_state.as_deref())?)?);
            call.message()?
        }
        Kind::LogoutResponse => logout_response(&options, id, now)?,
    };
    let (state, by) = (options.relay_state.as_deref(), Signature::By(&key));
    match options.binding {
        Binding::Xml => println!("{}", message.to_xml(by)?),
        Binding::Post => println!("{}", message.to_post_page(state, by)?.html(None)?),
        Binding::Redirect => println!("{}", message.to_redirect_url(state, by)?),
    }
    Ok(())
}

fn authn_request(options: &Options, id: MessageId, now: OffsetDateTime) -> Result<Outgoing, Box<dyn Error>> {
    let acs = Acs::Url(options.acs.clone());
    let mut request = AuthnRequest::new(&options.sp, &options.idp, &options.destination, acs, id, now)?;
    if options.force {
        request = request.with_force(Force::Fresh);
    }
    if let Some(format) = &options.format {
        request = request.with_name_id(RequestedNameId::format(format).with_creation_allowed());
    }
    if !options.context.is_empty() {
        request = request.with_context(RequestedContext::exact(options.context.clone()));
    }
    eprintln!("{}", serde_json::to_string(&request.pending(options.relay_state.as_deref())?)?);
    Ok(request.message()?)
}

fn logout_response(
    options: &Options,
    id: MessageId,
    now: OffsetDateTime,
) -> Result<Outgoing, Box<dyn Error>> {
    let file = options.request.as_ref().ok_or("--request: the LogoutRequest that is answered")?;
    let certificate = options.idp_cert.as_ref().ok_or("--idp-cert: the certificate of its sender")?;
    let text = std::fs::read_to_string(file)?;
    let arrived = match text.trim().split_once('?') {
        Some((_, query)) if text.starts_with("http") => Arrived::Redirect(query),
        _ => Arrived::Post(text.as_bytes()),
    };
    let idp = TrustedIdp::from_pem(&options.idp, &std::fs::read_to_string(certificate)?)?;
    let policy = logout::Policy::new([options.slo.clone()])?;
    let request = logout::validate_request(arrived, &idp, &policy, now)?;
    Ok(Answer::new(&request, &options.sp, &options.destination, Outcome::Complete, id, now)?.message()?)
}
