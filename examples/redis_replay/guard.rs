//! A [`ReplayGuard`] over Redis, for applications of several nodes: `SET key 1 NX PX milliseconds`.
//!
//! One command asks and remembers, so that of two nodes one is the first. Keys are hashed: nothing of a person reaches Redis.
//! Whatever goes wrong on the way is a refusal. Two things are Redis's to promise: `maxmemory-policy noeviction`, since any
//! other forgets live keys when memory is short; and a replica that takes over may not have seen the last keys.
//!
//! There are no shares here as the guard in memory has them, so that who makes enough messages fills the memory of Redis, and
//! then everybody is refused. Keys of parties that are not all trusted alike (`ReplayKey::party`) belong into servers of their
//! own, and a DPoP proof is remembered only after the access token is seen to be bound to it: anybody can make proofs.
//!
//! The client below speaks one command, because an example should not add forty crates to the tests. With the crate `redis`
//! it is `cmd("SET").arg(name).arg(1).arg("NX").arg("PX").arg(milliseconds).query::<Option<String>>(connection)`: `Some` is a
//! first use, `None` is not, and an error is a refusal.

use bonafide::error::Rejection;
use bonafide::replay::{ReplayGuard, ReplayKey};
use std::io::{BufRead, BufReader, ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use time::OffsetDateTime;

/// A guard over one Redis server.
pub struct RedisReplayGuard {
    address: SocketAddr,
    prefix: String,
    /// None: not connected, or the last command did not come to its end.
    connection: Mutex<Option<Connection>>,
}

/// A login waits no longer than that for each step of the way to Redis.
const PATIENCE: Duration = Duration::from_secs(1);

/// More than any answer to `SET`.
const REPLY_BYTES: u64 = 512;

impl RedisReplayGuard {
    /// A guard over the server at `address`, with `prefix` before the name of every key. It connects when it is first used.
    pub fn new(address: SocketAddr, prefix: &str) -> Self {
        Self { address, prefix: prefix.to_owned(), connection: Mutex::default() }
    }

    /// Whether the name was new; `None` when Redis said something else. The connection is kept only after a whole answer.
    fn set_if_absent(&self, name: &str, milliseconds: i128) -> Result<Option<bool>> {
        let mut kept = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        // The server may have closed a connection that was idle. To ask twice is safe: at worst the second answer is "no".
        let from_before = kept.take().and_then(|connection| ask(connection, name, milliseconds).ok());
        let answer = from_before.map_or_else(|| ask(connect(self.address)?, name, milliseconds), Ok);
        let (connection, reply) = answer?;
        let new = match reply.as_str() {
            "+OK\r\n" => Some(true),
            "$-1\r\n" => Some(false),
            _ => return Ok(None),
        };
        *kept = Some(connection);
        Ok(new)
    }
}

type Connection = BufReader<TcpStream>;

fn ask(mut connection: Connection, name: &str, milliseconds: i128) -> Result<(Connection, String)> {
    let milliseconds = milliseconds.to_string();
    let mut command = String::from("*6\r\n");
    for word in ["SET", name, "1", "NX", "PX", &milliseconds] {
        command.push_str(&format!("${}\r\n{word}\r\n", word.len()));
    }
    connection.get_mut().write_all(command.as_bytes())?;
    let mut reply = String::new();
    connection.by_ref().take(REPLY_BYTES).read_line(&mut reply)?;
    if reply.ends_with("\r\n") { Ok((connection, reply)) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

fn connect(address: SocketAddr) -> Result<Connection> {
    let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(BufReader::new(stream))
}

impl ReplayGuard for RedisReplayGuard {
    fn first_use(&self, key: &ReplayKey, now: OffsetDateTime) -> std::result::Result<(), Rejection> {
        let left = key.expires().to_offset_date_time() - now;
        if !left.is_positive() {
            return Err(key.rejected("the message has expired"));
        }
        // Up, so that Redis never forgets first.
        let milliseconds = left.whole_milliseconds() + 1;
        let name = format!("{}{}", self.prefix, key.sha256());
        match self.set_if_absent(&name, milliseconds) {
            Ok(Some(true)) => Ok(()),
            Ok(Some(false)) => Err(key.used_before()),
            Ok(None) => Err(key.rejected("Redis did not take the replay key")),
            Err(_) => Err(key.rejected("Redis cannot be reached")),
        }
    }
}
