# How healthpassctl trust update fetches: HTTPS with the certificate verified, the proxy that
# was named and no other, and addresses that are what they seem.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Feeder;
use Test::More;

my $home = folder();
my %jwks = (from => 'jwks', issuer => 'https://i.example', allow_unsigned => 'on');
my $list = jwks(0);
served('list.json', $list);

my $ca = tls_ca('ca');
my $stranger = tls_ca('stranger');
my %server = (
    good     => publish(tls_cert('good', $ca, 'DNS:localhost,IP:127.0.0.1', 2)),
    elsewhere => publish(tls_cert('elsewhere', $ca, 'DNS:elsewhere.example', 2)),
    ended    => publish(tls_cert('ended', $ca, 'DNS:localhost', -1)),
    foreign  => publish(tls_cert('foreign', $stranger, 'DNS:localhost', 2)),
    own      => publish("$stranger.pem", "$stranger.key"),
    old      => publish(tls_cert('old', $ca, 'DNS:localhost', 2), 'old'),
    plain    => publish(),
);

sub update { return ctl('trust', 'update', '--now', '--feeds', @_) }

my $feeds = feeds_file('tls.conf', { store => "$home/tls.store", ca => "$ca.pem" },
    map { +{ %jwks, name => $_, url => "https://localhost:$server{$_}/list/list.json?token=secret" } } sort keys %server);
my $r = update($feeds);
is($r->{status}, 1, 'some servers are not who they should be');
like($r->{out}, qr/\Agood: renewed: 1 key[^\n]*\n\z/, 'one is');
my %said = $r->{err} =~ /update: (\w+): https:\/\/localhost:\d+\/list\/list\.json: (.*); the store has no list of it/g;
like($said{elsewhere}, qr/no alternative certificate subject name matches/, 'a certificate for another name');
like($said{ended}, qr/certificate (?:has )?expired|certificate problem/, 'one that has ended');
like($said{foreign}, qr/unable to get local issuer|certificate problem/, 'one by another authority');
like($said{own}, qr/self.signed certificate/, 'one by nobody');
like($said{old}, qr/alert|protocol/, 'TLS 1.1');
like($said{plain}, qr/wrong version number|SSL/, 'no TLS at all');
unlike($r->{err}, qr/secret/, 'no query is shown');
is_deeply([ keys %{ sources("$home/tls.store") } ], [ 'good' ], 'the store has the good one');

my $system = feeds_file('system.conf', { store => "$home/system.store" },
    { %jwks, name => 'good', url => "https://localhost:$server{good}/list/list.json" });
$r = update($system);
is($r->{status}, 1, "without `ca` the system's authorities count");
like($r->{err}, qr/certificate/, 'and say no');
{
    local $ENV{SSL_CERT_FILE} = "$ca.pem";
    local $ENV{CURL_CA_BUNDLE} = "$ca.pem";
    is(update($system)->{status}, 1, 'whatever the environment says');
}

# A proxy is spoken to only when the feeds file names it.
my $good = feeds_file('good.conf', { store => "$home/tls.store", ca => "$ca.pem" },
    { %jwks, name => 'good', url => "https://localhost:$server{good}/list/list.json" });
{
    local @ENV{qw(https_proxy HTTPS_PROXY ALL_PROXY http_proxy)} = ('http://127.0.0.1:1') x 4;
    is(update($good)->{status}, 0, 'proxies of the environment are not used');
}
my $proxied = feeds_file('proxied.conf', { store => "$home/tls.store", ca => "$ca.pem",
    proxy => "http://127.0.0.1:$server{plain}" },
    { %jwks, name => 'far', url => 'https://far.example/list.json' },
    { %jwks, name => 'good', url => "https://localhost:$server{good}/list/list.json" });
$r = update($proxied);
like($r->{err}, qr{far: https://far\.example/list\.json: .*(?:CONNECT|50[01]|response)}, 'the named one is asked');
like($r->{out}, qr/^good: /m, 'but not for what is on this machine');

put('netrc', "machine localhost login me password secret\n");
{
    local $ENV{HOME} = $home;
    rename "$home/netrc", "$home/.netrc";
    forget_requests();
    is(update($good)->{status}, 0, 'with a .netrc');
    ok(!grep({ exists $_->{headers}{authorization} } requests()), 'nobody is told of it');
}

# Addresses.
for my $url ('http://example.com/', 'http://localhost.example/', 'http://127.0.0.2/', 'ftp://localhost/', 'list.json',
    'https://me:secret@localhost/', 'https://me@localhost/', 'http://localhost@example.com/', 'https:///', 'https://',
    'file:list.json', 'file://host/list.json', 'file:///a%20b', 'https://localhost/a b', 'HTTP://example.com/', '',
    "https://localhost/\x7f", 'gopher://localhost/', 'http://[::2]/', 'http://localhost:99999/') {
    my $wrong = feeds_file('wrong.conf', { store => "$home/wrong.store" }, { %jwks, name => 'x', url => $url });
    $r = update($wrong);
    is($r->{status}, 3, "'$url' is no address");
    like($r->{err}, qr{wrong\.conf:8: url: expected https://\.\.\., an absolute path}, 'and the line is named');
}
my $plain = feeds_file('plain.conf', { store => "$home/plain.store" },
    map { +{ %jwks, name => "n$_->[0]", url => "$_->[1]:$server{plain}/list/list.json" } }
        [ 1, 'http://localhost' ], [ 2, 'http://127.0.0.1' ], [ 3, 'HTTP://LOCALHOST' ]);
is(update($plain)->{status}, 0, 'HTTP to this machine');

done_testing();
