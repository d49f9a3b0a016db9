//! The guard of `examples/redis_replay` against a Redis server, when one is installed. The only test that needs a clock and a
//! port, both of them the server's: it is started for the test, on the loopback interface.

#[path = "../examples/redis_replay/guard.rs"]
mod guard;

use bonafide::check::Check;
use bonafide::error::{Reason, Rejection};
use bonafide::replay::{ReplayGuard, ReplayKey};
use bonafide::saml::{self, Policy, Request, TrustedIdp};
use guard::RedisReplayGuard;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;
use time::OffsetDateTime;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-01-01 00:00:00 UTC);

#[test]
fn a_key_is_used_once_and_redis_forgets_it_when_it_expires() {
    let Some(server) = Server::start() else { return };
    let guard = RedisReplayGuard::new(server.address, "t:");
    let one = key();
    assert_eq!(why(guard.first_use(&one, NOW)), "");
    assert_eq!(why(guard.first_use(&one, NOW)), "the message was used before");
    assert_eq!(
        why(RedisReplayGuard::new(server.address, "t:").first_use(&one, NOW)),
        "the message was used before"
    );
    assert_eq!(why(RedisReplayGuard::new(server.address, "u:").first_use(&one, NOW)), "");

    // What Redis keeps: a hash, for as long as the message could be accepted.
    let names = server.ask(&["KEYS", "t:*"]);
    assert_eq!(names.trim(), format!("t:{}", one.sha256()));
    let left: i64 = server.ask(&["PTTL", names.trim()]).trim().parse().unwrap();
    let whole = one.expires().seconds_since(NOW.into()) * 1000;
    assert!((whole - 30_000..=whole + 1).contains(&left), "{left} of {whole}");

    let end = one.expires().to_offset_date_time();
    assert_eq!(why(guard.first_use(&one, end)), "the message has expired");
    let just_before = end - time::Duration::milliseconds(200);
    assert_eq!(why(RedisReplayGuard::new(server.address, "v:").first_use(&one, just_before)), "");
    let forgotten = (0..100).any(|_| {
        thread::sleep(Duration::from_millis(50));
        server.ask(&["EXISTS", &format!("v:{}", one.sha256())]).trim() == "0"
    });
    assert!(forgotten, "Redis keeps a key that has expired");
}

#[test]
fn of_many_nodes_one_is_the_first() {
    let Some(server) = Server::start() else { return };
    let (key, first) = (key(), AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let node = RedisReplayGuard::new(server.address, "t:");
                let accepted = (0..50).filter(|_| node.first_use(&key, NOW).is_ok()).count();
                first.fetch_add(u32::try_from(accepted).unwrap(), Ordering::Relaxed);
            });
        }
    });
    assert_eq!(first.into_inner(), 1);
}

#[test]
fn what_goes_wrong_is_a_refusal_and_a_server_that_is_back_is_used_again() {
    let Some(mut server) = Server::start() else { return };
    let (key, guard) = (key(), RedisReplayGuard::new(server.address, "t:"));
    server.ask(&["CONFIG", "SET", "maxmemory", "1"]);
    assert_eq!(why(guard.first_use(&key, NOW)), "Redis did not take the replay key");
    server.ask(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(why(guard.first_use(&key, NOW)), "");
    server.ask(&["CLIENT", "KILL", "TYPE", "normal"]);
    assert_eq!(
        why(guard.first_use(&key, NOW)),
        "the message was used before",
        "a closed connection is made anew"
    );
    server.stop();
    assert_eq!(why(guard.first_use(&key, NOW)), "Redis cannot be reached");
    server.run();
    assert_eq!(why(guard.first_use(&key, NOW)), "", "a server without persistence has forgotten");
    assert_eq!(why(guard.first_use(&key, NOW)), "the message was used before");
}

fn why(verdict: Result<(), Rejection>) -> &'static str {
    let Err(rejection) = verdict else { return "" };
    assert_eq!(rejection.check(), Check::Replay);
    let Reason::Stated(why) = rejection.reason() else { panic!("{:?}", rejection.reason()) };
    why
}

/// The replay key of a message.
fn key() -> ReplayKey {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/saml");
    let pem = std::fs::read_to_string(data.join("keys/k.crt")).unwrap();
    let idp = TrustedIdp::from_pem("https://idp.test", &pem).unwrap();
    let request = Request::InResponseTo("_req1".to_owned());
    let policy = Policy::new("https://sp.test/md", ["https://sp.test/acs"], request).unwrap();
    let response = std::fs::read(data.join("base/b-a.xml")).unwrap();
    saml::validate(&response, &idp, &policy, NOW).unwrap().replay_key()
}

/// A Redis server of this test, without persistence, ended with it.
struct Server {
    address: SocketAddr,
    child: Child,
}

impl Server {
    /// `None`, with a line that says so, when there is no `redis-server`.
    fn start() -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            println!("SKIPPED: no redis-server is installed");
            return None;
        }
        // Somebody else may take the port between the two; then another one is tried.
        (0..5).find_map(|_| {
            let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let mut server = Self { address, child: spawn(address) };
            server.answers().then_some(server)
        })
    }

    fn run(&mut self) {
        self.child = spawn(self.address);
        assert!(self.answers());
    }

    fn answers(&mut self) -> bool {
        (0..200).any(|_| {
            thread::sleep(Duration::from_millis(25));
            TcpStream::connect(self.address).is_ok() && matches!(self.child.try_wait(), Ok(None))
        })
    }

    fn ask(&self, command: &[&str]) -> String {
        let port = self.address.port().to_string();
        let output = Command::new("redis-cli").args(["-p", &port]).args(command).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn spawn(address: SocketAddr) -> Child {
    let port = address.port().to_string();
    let quiet = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning"];
    let mut command = Command::new("redis-server");
    command.args(["--port", &port]).args(quiet).current_dir(std::env::temp_dir());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
