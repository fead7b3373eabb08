//! Which addresses documents may be fetched from: by default only those of the public internet, so that no caller can make a
//! worker read its neighbours, its cloud's metadata service or itself.

use std::error::Error as StdError;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// A rule that says which addresses may be connected to.
#[derive(Clone)]
pub struct Addresses(Arc<dyn Fn(IpAddr) -> bool + Send + Sync>);

impl Addresses {
    /// Public addresses, and with `allow_private` all others too.
    pub fn new(allow_private: bool) -> Addresses {
        Addresses::by(move |address| allow_private || is_public(address))
    }

    /// Addresses that `rule` allows.
    pub fn by(rule: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Addresses {
        Addresses(Arc::new(rule))
    }

    /// Whether the host of this URL is a name, which the resolver checks, or an allowed address.
    pub(crate) fn allow_host(&self, url: &Url) -> bool {
        match url.host() {
            Some(Host::Domain(_)) => true,
            Some(Host::Ipv4(address)) => (self.0)(address.into()),
            Some(Host::Ipv6(address)) => (self.0)(address.into()),
            None => false,
        }
    }
}

impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Addresses")
    }
}

/// A name resolved to an address that is not allowed.
#[derive(Debug)]
pub(crate) struct NotAllowed;

impl fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("address not allowed")
    }
}

impl StdError for NotAllowed {}

/// A resolver that answers only with addresses that are allowed; the client connects to exactly these, so a name that answers
/// differently the next time gains nothing.
pub(crate) struct GuardedResolver {
    pub(crate) inner: Arc<dyn Resolve>,
    pub(crate) addresses: Addresses,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let answer = self.inner.resolve(name);
        let addresses = self.addresses.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = answer.await?.collect();
            // One bad address among good ones is an attack or a mistake; neither is worth a guess.
            if found.iter().all(|address| (addresses.0)(address.ip())) {
                Ok(Box::new(found.into_iter()) as Addrs)
            } else {
                Err(NotAllowed.into())
            }
        })
    }
}

/// The operating system's resolver.
pub(crate) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// By the IANA IPv4 special-purpose address registry.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        // This network; shared address space of carriers; IETF assignments; 6to4 relays; benchmarking; reserved and broadcast.
        [0, ..] | [100, 64..=127, ..] | [192, 0, 0, _] | [192, 88, 99, _] | [198, 18..=19, ..] | [240..=255, ..] => {
            true
        }
        _ => false,
    };
    !(special
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast())
}

/// Global unicast space less the special blocks of the IANA IPv6 registry, and whatever leads to a public IPv4 address.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // Mapped IPv4, and IPv4 behind a NAT64 gateway, which is how a network without IPv4 reaches the rest.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        // IETF assignments with Teredo and ORCHID, documentation, 6to4: tunnels and paper addresses.
        [0x2001, 0..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x2002, ..] | [0x3fff, 0..=0x0fff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(url: &str) -> bool {
        Addresses::new(false).allow_host(&Url::parse(url).unwrap())
    }

    #[test]
    fn an_address_that_is_not_public_is_refused_however_it_is_written() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.9",
            "192.88.99.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a00:1]",
            "[::127.0.0.1]",
            "[64:ff9b::10.0.0.1]",
            "[64:ff9b:1::1]",
            "[2002:7f00:1::]",
            "[2002:808:808::]",
            "[2001:0:1::]",
            "[2001:db8::1]",
            "[3fff::1]",
            "[fc00::1]",
            "[fe80::1]",
            "[fec0::1]",
            "[ff02::1]",
            "[100::1]",
            "[5f00::1]",
        ] {
            assert!(!allowed(&format!("http://{host}/")), "{host}");
        }
    }

    #[test]
    fn a_public_address_and_any_name_pass_to_the_next_check() {
        for host in [
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "[2606:4700::1111]",
            "[::ffff:8.8.8.8]",
            "[64:ff9b::808:808]",
            "localhost",
        ] {
            assert!(allowed(&format!("https://{host}/")), "{host}");
        }
    }

    #[test]
    fn private_addresses_can_be_allowed() {
        assert!(Addresses::new(true).allow_host(&Url::parse("http://127.0.0.1/").unwrap()));
    }
}
