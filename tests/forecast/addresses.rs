//! Where a pool's keys and tokens come from, in every partition.

use pretoken::model::{dns_suffix, partition};
use pretoken::verify::Authority;

fn authority(region: &str) -> Authority {
    Authority {
        region: region.to_owned(),
        domain: dns_suffix(region).to_owned(),
        endpoint: None,
        jwks_url: None,
    }
}

/// From `botocore/data/partitions.json`.
#[test]
fn every_partition_has_its_own_addresses() {
    for (region, name, domain) in [
        ("eu-west-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
        ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
        ("us-iso-east-1", "aws-iso", "c2s.ic.gov"),
        ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
        ("eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk"),
        ("us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov"),
    ] {
        let (authority, pool) = (authority(region), format!("{region}_AbCdEf123"));
        let issuer = format!("https://cognito-idp.{region}.{domain}/{pool}");
        assert_eq!(partition(region), name);
        assert_eq!(authority.issuers(&pool)[0], issuer);
        assert_eq!(authority.jwks_url(&pool), format!("{issuer}/.well-known/jwks.json"));
        let own = authority.token_url(Some("login.example.com"));
        assert_eq!(own.as_deref(), Some("https://login.example.com/oauth2/token"));
        assert_eq!(authority.token_url(None), None, "there is none without a domain");
    }
    let prefix = |region| authority(region).token_url(Some("orders")).expect("an address");
    assert_eq!(prefix("eu-west-1"), "https://orders.auth.eu-west-1.amazoncognito.com/oauth2/token");
    let government = "https://orders.auth-fips.us-gov-west-1.amazoncognito.com/oauth2/token";
    assert_eq!(prefix("us-gov-west-1"), government);
}

#[test]
fn an_endpoint_of_ones_own_has_all_of_them() {
    let endpoint = Some("http://localhost:4566".to_owned());
    let authority = Authority { endpoint, ..authority("eu-west-1") };
    let keys = "http://localhost:4566/eu-west-1_A/.well-known/jwks.json";
    assert_eq!(authority.jwks_url("eu-west-1_A"), keys);
    assert!(
        authority.issuers("eu-west-1_A").contains(&"http://localhost:4566/eu-west-1_A".to_owned())
    );
    let token = authority.token_url(None);
    assert_eq!(token.as_deref(), Some("http://localhost:4566/oauth2/token"));
}
