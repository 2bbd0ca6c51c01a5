# The legal basis ends: every pass is refused, or nobody is asked for one any more.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use POSIX 'strftime';
use Test::More;
use Time::HiRes qw(sleep time);

my $dir = hp_dir();

sub stamp { strftime('%Y-%m-%dT%H:%M:%SZ', gmtime int(time) + shift) }
sub day { strftime('%Y-%m-%d', gmtime int(time) + 86400 * shift) }
sub ends { my ($name, $end, @lines) = @_; return hp_policy($name, "ends = \"$end\";", @lines) }

ends('refuse', stamp(-1));
ends('off', day(-1), 'ends_answer = "off";');
ends('holds', day(0), 'ends_answer = "off";');
ends('other', stamp(-1), 'web = { ends = "9999-01-01"; };', 'pam = { ends_answer = "off"; };');
ends('far', day(15));
ends('live', day(30), 'ends_answer = "off";');

my @names = qw(refuse off holds other far live);
my $nginx = HP::Server->new(
    level => 'debug',
    access => 'all',
    http => <<'_EOC_',
    log_format all escape=none '$uri|$status|$healthpass_verdict|$healthpass_reason|$healthpass_source';
    healthpass_refresh 100ms;
    client_body_buffer_size 64k;
_EOC_
    server => join '', <<"_EOC_", map { <<"_OTHER_" } @names,
        healthpass_verify on;
        healthpass_expose source problem;
        error_page 403 \@refused;
        location \@refused { return 403 \$healthpass_problem; }
        location /any { healthpass_policy $dir/off.conf; satisfy any; deny all; proxy_pass http://venue; }
        location /both { healthpass_policy $dir/off.conf; auth_request /off-check; proxy_pass http://venue; }
        location /closed { healthpass_policy $dir/refuse.conf; healthpass_verify off; auth_request /refuse-check;
            proxy_pass http://venue; }
_EOC_
        location /$_ { healthpass_policy $dir/$_.conf; proxy_pass http://venue; }
        location /$_-check { healthpass_policy $dir/$_.conf; healthpass_verify off; healthpass_check; }
        location /$_-optional { healthpass_policy $dir/$_.conf; healthpass_verify optional; proxy_pass http://venue; }
        location /$_-dry { healthpass_policy $dir/$_.conf; healthpass_dry_run on; proxy_pass http://venue; }
_OTHER_
)->start;

my @good = (headers => [ hp_header('good') ]);
my @forged = (headers => [ hp_header('forged') ]);
my @twice = (headers => [ hp_header('good'), hp_header('good') ]);

sub logged { my ($path) = @_; my @lines = $nginx->access_log =~ m{^\Q$path\E\|(.*)$}mg; return $lines[-1] // '' }

# ---- every pass is refused ---------------------------------------------------------

for ([ 'a good pass', @good ], [ 'a forged one', @forged ], [ 'two of them', @twice ], ['none']) {
    my ($what, @request) = @$_;
    my ($status, $headers, $body) = $nginx->get('/refuse', @request);
    is($status, 403, "$what: refused");
    like($body, qr/"detail":"Passes cannot be checked at the moment\. Please try again later, or ask for help\.","reason":"unavailable"/, '... the person');
    unlike($headers, qr/^(?:WWW-Authenticate|Retry-After)/mi, '... is asked for nothing, now or later');
    $nginx->wait_for(sub { logged('/refuse') });
    is(logged('/refuse'), '403|refused|ended|', '... and nothing was looked for');
    is($nginx->get('/refuse-check', @request), 403, '... healthpass_check');
    is($nginx->get('/refuse-dry', @request), 200, '... a dry run');
}
like($nginx->error_log, qr/\[info\] .*healthpass: refused, reason=ended, stage=rules, reference=/, 'the log');
like($nginx->error_log, qr/healthpass: refused, dry run, reason=ended,/, '... of the dry run');
is($nginx->get('/refuse-optional'), 200, 'optional: nobody\'s pass is let through as such');
is($nginx->get('/refuse-optional', @$_), 403, '... a pass is refused') for \@good, \@forged, \@twice;
like(logged('/refuse-optional'), qr/^403\|refused\|ended\|/, '... as ended');
is($nginx->get('/closed', @good), 403, 'auth_request');

# ---- nobody is asked ---------------------------------------------------------------

for ([ 'a good pass', @good ], [ 'a forged one', @forged ], [ 'two of them', @twice ], ['none']) {
    my ($what, @request) = @$_;
    for my $where ('', qw(-optional -dry)) {
        my ($status, undef, $body) = $nginx->get("/off$where", @request);
        is($status, 200, "off, $what: off$where");
        is($body =~ /X-Health-Pass/i ? 1 : 0, $what eq 'none' ? 0 : 1, '... is left as it was') if $body =~ /X-/;
        $nginx->wait_for(sub { logged("/off$where") });
        is(logged("/off$where"), '200|||', '... and nothing was judged');
    }
    is($nginx->get('/off-check', @request), 204, '... healthpass_check');
    is($nginx->get('/both', @request), 200, '... and auth_request');
}
is($nginx->get('/any', @good), 403, 'satisfy any: no door of ours opens it');
my ($status) = $nginx->get('/off', method => 'POST', headers => [ 'Content-Type: application/x-www-form-urlencoded' ],
    body => 'pass=' . 'x' x 2000);
is($status, 200, 'a form');

# ---- it is told of -------------------------------------------------------------------

is($nginx->get("/$_", @good), 200, "$_: accepted") for qw(holds other far live);
is($nginx->get("/$_", @forged), 403, "$_: refused") for qw(holds other far live);
my ($said) = $nginx->check;
like($said, qr{\[error\] .*refuse\.conf: the legal basis ended at \S+Z: every pass is refused as ended}, 'nginx -t: refuse');
like($said, qr{\[warn\] .*off\.conf: the legal basis ended at \S+T00:00:00Z: nobody is asked for a pass}, '... off');
like($said, qr{\[warn\] .*off\.conf: ends_answer = off: }, '... which is warned of anyway');
like($said, qr{\[warn\] .*live\.conf: ends_answer = off: }, '... long before');
like($said, qr{\[warn\] .*holds\.conf: the legal basis ends at \S+T00:00:00Z, and from then on nobody}, '... ahead');
unlike($said, qr{(?:other|far|live)\.conf: the legal}, '... not earlier');
my $now = $nginx->count(qr/holds\.conf: the legal/);
sleep 0.5;
is($nginx->count(qr/holds\.conf: the legal/), $now, 'once, not at each look');

# The moment comes while nginx runs, and nothing is read for it.
ends('live', stamp(4), 'ends_answer = "off";');
ok($nginx->wait_for(sub { $nginx->count(qr{\[warn\] .*live\.conf: the legal basis ends at}) == 1 }), 'a nearer end is told of');
is($nginx->get('/live', @forged), 403, '... passes are still judged');
my $taken = $nginx->count('taken up anew');
ok($nginx->wait_for(sub { $nginx->get('/live', @forged) == 200 }), '... until it is there');
ok($nginx->wait_for(sub { $nginx->count(qr{\[warn\] .*live\.conf: the legal basis ended at}) == 1 }), '... and is told of');
is($nginx->count('taken up anew'), $taken, '... without a look at the file');
ends('live', day(30));
ok($nginx->wait_for(sub { $nginx->get('/live', @forged) == 403 }), 'a later end: passes are judged again');
ok($nginx->wait_for(sub { $nginx->count(qr{live\.conf: nothing ends soon any more}) == 1 }), '... and told of');
hp_write("$dir/live.conf", HP::Server::slurp("$dir/live.conf") =~ s/ends = .*/ends = "soon";/r);
ok($nginx->wait_for(sub { $nginx->count(qr{live\.conf:\d+: ends: expected the last day}) == 1 }), 'a wrong end keeps the old one');
is($nginx->get('/live', @forged), 403, '... which judges');
is($nginx->stop, 0, 'nginx ends well');
done_testing();
