# A trust store behind the gate: what may lie in its place at start and later, how old it may be,
# and what an operator may allow.  Everything is taken up without a reload.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use POSIX 'strftime';
use Test::More;
use Time::HiRes 'sleep';

use constant DAY => 86400;

my $dir = hp_dir();
my $folder = "$dir/lists";
my $store = "$folder/trust.store";
my $override = "$dir/override";
mkdir $folder;

sub policy_of {
    my ($trust, @lines) = @_;
    return join "\n", "trust = $trust;", 'rules = "minimal";', "stale_override = \"$override\";",
        @lines, '';
}

my $policy = hp_write("$dir/store.conf", policy_of("\"$store\""));
my $nginx = HP::Server->new(
    worker_user => $> == 0 ? 'www-data' : '',
    http => "healthpass_policy $policy; healthpass_refresh 100ms;",
    server => <<'_EOC_',
        client_body_buffer_size 64k;
        healthpass_verify on;
        location / { proxy_pass http://venue; }
_EOC_
);

my @good = (headers => [ hp_header('good') ]);

sub becomes {
    my ($status, $name, @request) = @_;
    ok($nginx->wait_for(sub { $nginx->get('/', @request) == $status }, 10), $name);
}

# What was written to the error log since the last call.
my $seen = 0;
sub news {
    my $log = $nginx->error_log;
    my $text = substr $log, $seen;
    $seen = length $log;
    return $text;
}

# Waits for a line, and then some more; it must be there once, and at this level.
sub told {
    my ($level, $pattern, $name) = @_;
    my $from = $seen;
    ok($nginx->wait_for(sub { substr($nginx->error_log, $from) =~ $pattern }, 10), "$name: is told of");
    sleep 0.3;
    my @lines = grep { /healthpass: .*$pattern/ } split /\n/, news();
    is(scalar @lines, 1, '... once');
    like($lines[0] // '', qr/ \[$level\] /, "... as $level");
}

# ---- what nginx does not start with

hp_store($store, '--env', 'dev', 'issuer');
my ($said, $status) = $nginx->check;
isnt($status, 0, 'prod, and a store of dev: no start');
like($said, qr{\[emerg\] .*healthpass: \Q$store\E: holds keys of the environment dev, expected prod},
    '... which says why');
hp_store($store, 'issuer');
for my $env (qw(dev uat)) {
    hp_write($policy, policy_of("\"$store\"", "environment = \"$env\";"));
    ($said, $status) = $nginx->check;
    isnt($status, 0, "$env, and a store of prod: no start");
}
hp_store("$folder/dev.store", '--env', 'dev', 'issuer');
hp_write($policy, policy_of("( \"$store\", \"$folder/dev.store\" )"));
($said, $status) = $nginx->check;
isnt($status, 0, 'a store of dev beside one of prod: no start');
like($said, qr{\Q$folder\E/dev\.store: holds keys of the environment dev}, '... which names the right one');
unlink "$folder/dev.store";

# in a folder of keys a store is no key, by whatever name
for my $name (qw(dev.pem dev.der 0102030405060708.pub)) {
    mkdir "$dir/keys.d";
    hp_store("$dir/keys.d/$name", '--env', 'dev', 'issuer');
    hp_write($policy, policy_of("\"$dir/keys.d\""));
    ($said, $status) = $nginx->check;
    isnt($status, 0, "a store as $name in a folder: no start");
    unlink "$dir/keys.d/$name";
}
hp_write($policy, policy_of("\"$store\""));

my $whole = HP::Server::slurp($store);
my %wrong = (
    'a store that was cut' => [ sub { hp_write($store, substr $whole, 0, -100) }, 'damaged or not whole' ],
    'a store with a wrong bit' => [ sub { hp_write($store, $whole =~ s/XX/XY/r) }, 'damaged or not whole' ],
    'garbage' => [ sub { hp_write($store, 'x' x 1000) }, 'holds no certificate' ],
    'an empty file' => [ sub { hp_write($store, '') }, 'holds no certificate' ],
    'a store of dev' => [ sub { hp_store($store, '--env', 'dev', 'issuer') }, 'environment dev, expected prod' ],
    'a store of uat' => [ sub { hp_store($store, '--env', 'uat', 'issuer') }, 'environment uat, expected prod' ],
    'a store for newer builds' => [ sub { hp_store($store, '--format', 2, '--least', 2, 'issuer') },
        'needs a newer healthpass' ],
    'a store that all may write' => [ sub { hp_store($store, 'issuer'); chmod 0666, $store }, 'lets others write' ],
);
for my $name (sort keys %wrong) {
    $wrong{$name}[0]->();
    ($said, $status) = $nginx->check;
    isnt($status, 0, "$name: no start");
    like($said, qr/\[emerg\] .*healthpass: \Q$store\E: .*$wrong{$name}[1]/, '... which says why');
}
unlink $store;
($said, $status) = $nginx->check;
isnt($status, 0, 'no store: no start');
like($said, qr/\[emerg\] .*healthpass: \Q$store\E: No such file/, '... which says why');

# ---- what stays out later

hp_store($store, 'issuer');
$nginx->start;
is($nginx->get('/', @good), 200, 'a store');
is($nginx->get('/', headers => [ hp_header('stranger') ]), 403, '... trusts nobody else');
news();
for my $name (sort keys %wrong) {
    $wrong{$name}[0]->();
    told('error', qr/the policy read before stays: \Q$store\E: .*$wrong{$name}[1]/, $name);
    is($nginx->get('/', @good), 200, '... the list read before judges');
    is($nginx->get('/', headers => [ hp_header('forged') ]), 403, '... and refuses');
}
SKIP: {
    skip 'root reads everything, and only root has workers of another user', 4 if $> != 0;
    hp_store($store, 'issuer');
    chmod 0600, $store;
    told('error', qr/the policy read before stays: \Q$store\E: Permission denied/, 'a store that workers may not read');
    is($nginx->get('/', @good), 200, '... the list read before judges');
}

# a reload is refused as a start is, and the old workers go on
hp_store($store, '--env', 'dev', 'issuer');
kill 'HUP', $nginx->{pid};
ok($nginx->wait_for(sub { $nginx->error_log =~ /\[emerg\] .*environment dev, expected prod/ }), 'no reload with a store of dev');
is($nginx->get('/', @good), 200, '... the list read before judges');

# ---- what is taken up

hp_store($store, 'stranger');
becomes(200, 'another signer', headers => [ hp_header('stranger') ]);
is($nginx->get('/', @good), 403, '... in place of the old one');
like($nginx->error_log, qr/refused, reason=signer-unknown, stage=issuer, kid=[0-9a-f]{16}, /, '... whom the log names');
hp_store($store, '--dated', time - 5 * DAY, 'issuer', 'stranger');
becomes(200, 'an older list', @good);
hp_store($store, '--format', 2, 'issuer');
becomes(403, 'one by a newer writer', headers => [ hp_header('stranger') ]);
is($nginx->get('/', @good), 200, '... which says that we can read it');
news();

hp_store($store);
told('error', qr/no trusted key is left/, 'an empty store');
is($nginx->get('/', @good), 503, '... trusts nobody');
hp_store($store, 'issuer');
becomes(200, 'keys again', @good);
news();
unlink $store;
told('error', qr/no trusted key is left/, 'no store');
is($nginx->get('/', @good), 503, '... trusts nobody');
is($nginx->get('/'), 401, '... and no pass is still no pass');
hp_store($store, 'issuer');
becomes(200, 'a store again', @good);
news();
rename $folder, "$folder.away" or die $!;
told('error', qr/no trusted key is left/, 'the folder is gone');
is($nginx->get('/', @good), 503, '... trusts nobody');
rename "$folder.away", $folder or die $!;
becomes(200, 'and back', @good);
unlike($nginx->error_log, qr/trust (list|folder) .* old/, 'a list without a date has no age');

# ---- ages

news();
hp_store($store, '--dated', time - 6.5 * DAY, '--name', 'who', 'issuer');
told('warn', qr/the trust list who is 6 days.* old and serves until /, 'a list that nears its end');
is($nginx->get('/', @good), 200, '... still judges');
hp_store($store, '--dated', time - 8 * DAY, '--name', 'who', 'issuer');
told('error', qr/the trust list who is 8 days.* old and served until .*: no pass is judged by it/, 'a stale list');
my ($code, $headers) = $nginx->get('/', @good);
is($code, 503, '... judges nobody');
like($headers, qr/^Retry-After: \d+\r?$/m, '... and says when to come again');
like(news(), qr/\[error\] .*healthpass: fault, reason=trust-stale, stage=fault, /, '... the log says so');
is($nginx->get('/', headers => [ hp_header($_) ]), 503, "... nor a $_ pass") for qw(forged expired);

# an operator's recorded exception
sub stamp { strftime('%Y-%m-%dT%H:%M:%SZ', gmtime shift) }

sub allow {
    my $until = shift;
    hp_write($override, join "\n", 'version: 1', 'allows: stale', 'made: ' . stamp(time),
        'until: ' . stamp($until), 'by: Erna', 'reason: a Saturday night', '');
    chmod 0644, $override;
}
news();
allow(time + 3600);
told('warn', qr/the trust list who is 8 days.*it is used until .* all the same, as Erna allowed/, 'an override');
is($nginx->get('/', @good), 200, '... lets good passes in');
is($nginx->get('/', headers => [ hp_header('forged') ]), 403, '... no forged one');
is($nginx->get('/', headers => [ hp_header('stranger') ]), 403, '... none of a withdrawn signer');
is($nginx->get('/', headers => [ hp_header('expired') ]), 403, '... no expired one');
told('warn', qr/: 1 passes accepted on a stale trust list, which an operator allowed/, '... how often it was used');
like($nginx->error_log, qr/refused, reason=expired, .*, issuer=AT, stale list allowed, /, '... and the line of a refusal says it too');
hp_write($override, HP::Server::slurp($override) =~ s{by: Erna}{by: Karl}r);
chmod 0644, $override;
told('warn', qr{all the same, as Karl allowed}, 'that of another person');
allow(time + 2);
told('error', qr/the trust list who is 8 days.*: no pass is judged by it/, 'an override ends by itself');
is($nginx->get('/', @good), 503, '... and the door is closed');
hp_store($store, '--dated', time, '--name', 'who', 'issuer');
told('notice', qr/the lists are young enough again/, 'a new list');
is($nginx->get('/', @good), 200, '... opens it');
unlink $override;

# a list's own end, and an age of its own
hp_store($store, '--dated', time, '--expires', time + 2, '--name', 'who', 'issuer');
told('error', qr/the trust list who .*: no pass is judged by it/, 'a list ends by itself');
is($nginx->get('/', @good), 503, '... and judges nobody');
hp_store($store, '--dated', time - 100, '--max-age', 50, '--name', 'who', 'issuer');
sleep 0.5;
is($nginx->get('/', @good), 503, 'a list may have a stricter age than the policy');

# a list of the future may have a wrong date: what was read before stays
news();
hp_store($store, '--dated', time + 2 * DAY, 'issuer');
told('error', qr/the policy read before stays: a trust list is dated \S+, which this machine's clock has not reached/,
    'a list from the future');
($code, $headers) = $nginx->get('/', @good);
like($headers, qr/^Retry-After: \d+\r?$/m, '... and says when to come again');
hp_store($store, '--dated', time, 'issuer');
becomes(200, 'the right time', @good);

# ---- at start

hp_store($store, '--dated', time - 8 * DAY, '--name', 'who', 'issuer');
($said, $status) = $nginx->check;
is($status, 0, 'nginx starts with a stale list');
like($said, qr/\[error\] .*healthpass: \Q$policy\E: the trust list who is 8 days/, '... and says so');
hp_store($store, '--dated', time - 6.5 * DAY, '--name', 'who', 'issuer');
($said, $status) = $nginx->check;
like($said, qr/\[warn\] .*healthpass: \Q$policy\E: the trust list who is 6 days/, 'a list that nears its end is told of at start');
sleep 0.5;
news();
ok($nginx->reload, 'reload');
sleep 0.5;
is(() = news() =~ /the trust list who is 6 days/g, 1, '... once, not by each worker again');

is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log, qr/\[(alert|crit)\]/, 'and complained of nothing else');
done_testing();
