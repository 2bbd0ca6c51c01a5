# Each reason that a request can bring about: its status, what the log says, and the
# group, which is all that the public sees.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use Test::More;

my $dir = hp_dir();
for my $store ([ 'stale', time - 8 * 86400 ], [ 'future', time + 2 * 86400 ], [ 'foreign', time, '--domains', 8 ]) {
    my ($name, $dated, @options) = @$store;
    hp_store("$dir/$name.store", '--dated', $dated, @options, 'issuer');
    hp_write("$dir/$name.conf", "trust = \"$dir/$name.store\";\nrules = \"minimal\";\n");
}
my $nginx = HP::Server->new(
    access => 'main',
    http => <<'_EOC_',
    log_format main '$uri $status $healthpass_verdict/$healthpass_reason/$healthpass_stage';
    map $uri $hp_unused { default 1; }
_EOC_
    server => <<"_EOC_",
        client_body_buffer_size 64k;
        healthpass_verify on;
        healthpass_expose problem kid issuer;
        error_page 401 403 503 = \@refused;
        location / { proxy_pass http://venue; }
        location /stale { healthpass_policy $dir/stale.conf; proxy_pass http://venue; }
        location /future { healthpass_policy $dir/future.conf; proxy_pass http://venue; }
        location /foreign { healthpass_policy $dir/foreign.conf; proxy_pass http://venue; }
        location /nobody { healthpass_policy $dir/nobody.conf; proxy_pass http://venue; }
        location \@refused { default_type application/problem+json; return 200 \$healthpass_problem; }
        location /plain { error_page 404 /x; proxy_pass http://venue; }
_EOC_
)->start;

# path, pass, status, reason, stage, group
my @cases = (
    [ 'no-pass', undef, 401, 'format', 'no-pass' ],
    [ 'too-long', 'long', 403, 'format', 'unreadable' ],
    [ 'unknown-kind', 'unknown', 403, 'format', 'not-accepted' ],
    [ 'kind-off', 'link', 403, 'format', 'not-accepted' ],
    [ 'encoding', 'encoding', 403, 'encoding', 'unreadable' ],
    [ 'compression', 'compression', 403, 'compression', 'unreadable' ],
    [ 'envelope', 'envelope', 403, 'envelope', 'unreadable' ],
    [ 'signer-unknown', 'stranger', 403, 'issuer', 'not-accepted' ],
    [ 'signature', 'forged', 403, 'signature', 'not-accepted' ],
    [ 'content', 'empty', 403, 'content', 'not-accepted' ],
    [ 'expired', 'expired', 403, 'validity', 'rules' ],
    [ 'not-yet-valid', 'early', 403, 'validity', 'rules' ],
    [ 'signer-expired', 'ended', 403, 'signer', 'not-accepted' ],
    [ 'signer-usage', 'tester', 403, 'signer', 'not-accepted' ],
    [ 'rule-failed', 'positive', 403, 'rules', 'rules' ],
    [ 'trust-missing', 'good', 503, 'fault', 'unavailable', '/nobody' ],
    [ 'trust-stale', 'good', 503, 'fault', 'unavailable', '/stale' ],
    [ 'clock', 'good', 503, 'fault', 'unavailable', '/future' ],
    [ 'signer-domain', 'good', 403, 'signer', 'not-accepted', '/foreign' ],
    [ 'claims', 'claims', 403, 'claims', 'not-accepted' ],
);

for my $case (@cases) {
    my ($reason, $pass, $status, $stage, $group, $where) = @$case;
    my $path = ($where // '') . "/$reason";
    my @headers = $pass ? hp_header($pass) : ();
    is($nginx->get("/plain$path", headers => \@headers), $status, "$reason: $status") unless $where;
    my (undef, undef, $body) = $nginx->get($path, headers => \@headers);
    like($body, qr/^\{"type":"urn:healthpass:problem:$group","title":"[A-Z][a-zA-Z ]+","status":$status,
        "detail":"[A-Z][^"\\]+","reason":"$group","reference":"[0-9a-f]{8}"\}$/x, "$reason: the problem");
    my $word = $status == 503 ? 'fault' : 'refused';
    like($nginx->access_log, qr{^\Q$path\E \d+ \Q$word/$reason/$stage\E$}m, "$reason: the variables");
    my ($reference) = $body =~ /"reference":"(\w+)"/;
    my ($line) = grep { /reference=$reference\b/ } split /\n/, $nginx->error_log;
    like($line // '', qr/healthpass: $word, reason=$reason, stage=$stage,/, "$reason: the line in the log");
    like($line // '', $status == 503 ? qr/\[error\]/ : qr/\[info\]/, "$reason: its level");
}

is($nginx->get('/plain/longest', headers => [ hp_header('longest') ]), 403, 'the longest text is read');
is($nginx->count('too-long'), 2, 'and is not too long');
my (undef, undef, $body) = $nginx->get('/book', headers => [ hp_header('good') ]);
like($body, qr/^venue: GET/, 'a good pass after all of these');
like($nginx->error_log, qr/reason=expired, stage=validity, kid=[0-9a-f]{16}, issuer=AT, pass=[0-9a-f]{32}, source=header:X-Health-Pass, reference=[0-9a-f]{8}, client:/,
    'the line of a genuine pass');
like($nginx->error_log, qr/reason=signature, stage=signature, kid=[0-9a-f]{16}, source=/,
    'of one that is not, nothing that it says');
is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');
done_testing();
