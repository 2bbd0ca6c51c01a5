# What healthpass_status counts of requests, and what each worker says of the policies it holds.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use JSON::PP;
use Test::More;
use Time::HiRes 'sleep';

my $dir = hp_dir();
my $deny = hp_write("$dir/deny", "healthpass deny list 1\n");
my $policy = hp_policy('counted', "deny_list = \"$deny\";");
my %gate = (
    workers => 2,
    worker_user => 'www-data',
    http => "healthpass_policy $policy; healthpass_refresh 100ms; healthpass_zone uses 1m;",
    server => <<"_EOC_",
        location / { healthpass_verify on; proxy_pass http://venue; }
        location /sources { healthpass_verify on; client_body_buffer_size 64k;
            healthpass_source cookie:pass bearer form:pass \$arg_given; proxy_pass http://venue; }
        location /raw { healthpass_verify on; client_body_buffer_size 64k; healthpass_source body; proxy_pass http://venue; }
        location /away { healthpass_verify on; healthpass_policy $dir/nobody.conf; proxy_pass http://venue; }
        location /dry { healthpass_verify on; healthpass_dry_run on; proxy_pass http://venue; }
        location /optional { healthpass_verify optional; proxy_pass http://venue; }
        location /once { healthpass_verify on; healthpass_reuse limit=1 window=1h by=\$arg_by; proxy_pass http://venue; }
        location /booked { set \$booking \$arg_by; auth_request /booked-check; proxy_pass http://venue; }
        location = /booked-check { internal; healthpass_check; healthpass_reuse limit=1 window=1h by=\$booking; }
        location /empty { auth_request /empty-check; proxy_pass http://venue; }
        location = /empty-check { internal; healthpass_check; healthpass_reuse limit=1 window=1h by=\$arg_by; }
        location /open { proxy_pass http://venue; }
        location = /check { log_subrequest on; healthpass_check; }
        location /asks { auth_request /check; proxy_pass http://venue; }
        location /asks-own { auth_request /check; healthpass_verify on; proxy_pass http://venue; }
        location /tries { healthpass_verify on; root html; try_files /none /same; }
        location /same { healthpass_verify on; proxy_pass http://venue; }
        location /stranger { healthpass_verify on; root html; try_files /none /strangers; }
        location /strangers { healthpass_verify on; healthpass_policy $dir/strangers.conf; proxy_pass http://venue; }
        location /paged { healthpass_verify on; error_page 403 = /page; proxy_pass http://venue; }
        location /page { healthpass_verify on; healthpass_policy $dir/strangers.conf; proxy_pass http://venue; }
        location /dry-first { healthpass_verify on; healthpass_dry_run on; root html; try_files /none /same; }
        location /dry-other { healthpass_verify on; healthpass_dry_run on; healthpass_policy $dir/strangers.conf; root html; try_files /none /same; }
        location /dry-last { healthpass_verify on; root html; try_files /none /dry; }
        location /party { healthpass_verify on; client_body_buffer_size 64k; healthpass_source form:pass[]; healthpass_persons count=2; proxy_pass http://venue; }
        location /any { satisfy any; allow all; healthpass_verify on; proxy_pass http://venue; }
        location = /status { healthpass_status; }
_EOC_
);
my $nginx = HP::Server->new(%gate)->start;
$nginx->wait_for(sub { $nginx->workers == 2 });

sub status {
    my ($code, undef, $text) = $nginx->get('/status');
    return $code == 200 ? JSON::PP->new->utf8->decode($text) : {};
}
sub sum { my $sum = 0; $sum += $_ for @_; return $sum }

# What changed of a tally since it was kept: what is not 0.
my $kept = status();
sub changed {
    my ($now, $before, $what) = @_;
    return { map { my $n = $now->{$_} - $before->{$_}; $n ? ($_ => $n) : () } keys %$now };
}
my @sums = qw(total ok refused fault suspect);
sub tally {
    my ($now, $which) = @_;
    my ($t, $b) = ($now->{$which}, $kept->{$which});
    return { %{ changed({ map { $_ => $t->{$_} } @sums }, { map { $_ => $b->{$_} } @sums }) },
        map { $_ => changed($t->{$_}, $b->{$_}) } qw(reasons sources formats) };
}

# One request counts this; nothing else changes.
sub counts {
    my ($name, $what, $path, @request) = @_;
    my @want = map { $_ // { reasons => {}, sources => {}, formats => {} } } @$what{qw(decisions dry)};
    my $without = $what->{without} // 0;
    $nginx->get($path, @request);
    my ($now, @got);
    # the answer is there before the request has ended
    $nginx->wait_for(sub {
        $now = status();
        @got = map { tally($now, $_) } qw(decisions dry_decisions);
        return sum(map { $_->{total} // 0 } @got) + $now->{without_pass} - $kept->{without_pass};
    }, $what->{none} ? 0.3 : 5);
    is_deeply([ @got, $now->{without_pass} - $kept->{without_pass} ], [ @want, $without ], $name);
    $kept = $now;
}
sub one {
    my ($verdict, $reason, $source, $format) = @_;
    return { total => 1, $verdict => 1, reasons => { $reason => 1 }, sources => { $source => 1 },
        formats => { $format // 'hc1' => 1 } };
}
sub header { return (headers => [ hp_header(shift) ]) }
sub form { return (method => 'POST', body => "pass=" . hp_encoded(shift)) }

# ---- all are 0 at first ----------------------------------------------------------

for my $which (qw(decisions dry_decisions)) {
    my $t = $kept->{$which};
    is(sum(map { $t->{$_} } @sums), 0, "$which: nothing yet");
    is(sum(map { values %{ $t->{$_} } } qw(reasons sources formats)), 0, '... by no word');
    open my $in, '<', 'common/reason.h' or die $!;
    my $table = do { local $/; <$in> };
    is_deeply([ sort keys %{ $t->{reasons} } ], [ sort $table =~ /X\(\w+,\s+\d+, "([\w-]+)"/g ], '... and each reason has one');
}
my ($kinds) = HP::Server::slurp('ngx_module/ngx_http_healthpass.h') =~ /typedef enum \{([^}]*)\} ngx_http_healthpass_kind_e/;
is_deeply([ sort grep { $_ ne 'none' } keys %{ $kept->{decisions}{sources} } ], [ sort map { lc } $kinds =~ /NGX_HTTP_HEALTHPASS_(\w+)/g ],
    'each kind of source has a word');
like($kept->{since}, qr/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/, 'counted since');

# ---- what a request counts -------------------------------------------------------

counts('no pass', { decisions => one('refused', 'no-pass', 'none', 'none') }, '/');
counts('a good pass', { decisions => one('ok', 'ok', 'header') }, '/', header('good'));
counts('a forged one', { decisions => one('refused', 'signature', 'header') }, '/', header('forged'));
counts('one of an unknown kind', { decisions => one('refused', 'unknown-kind', 'header', 'none') }, '/', header('unknown'));
counts('given twice', { decisions => one('refused', 'given-twice', 'header', 'none') }, '/',
    headers => [ hp_header('good'), hp_header('good') ]);
counts('a fault', { decisions => one('fault', 'trust-missing', 'header', 'none') }, '/away', header('good'));
counts('nobody is asked', { none => 1 }, '/open');

counts('a form', { decisions => one('ok', 'ok', 'form') }, '/sources', form('good'));
counts('a cookie', { decisions => one('ok', 'ok', 'cookie') }, '/sources', headers => [ 'Cookie: pass=' . hp_encoded('good') ]);
counts('a bearer token', { decisions => one('ok', 'ok', 'bearer') }, '/sources', headers => [ 'Authorization: Bearer ' . hp_encoded('good') ]);
counts('a body', { decisions => one('ok', 'ok', 'body') }, '/raw', method => 'POST', body => hp_pass('good'), type => 'text/plain');
counts('a variable', { decisions => one('refused', 'unknown-kind', 'variable', 'none') }, '/sources?given=x');

counts('a dry run counts apart', { dry => one('refused', 'signature', 'header') }, '/dry', header('forged'));
counts('... also what it would let in', { dry => one('ok', 'ok', 'header') }, '/dry', header('good'));
counts('nobody has to show one', { without => 1 }, '/optional');
counts('... who does is judged', { decisions => one('refused', 'signature', 'header') }, '/optional', header('forged'));

# ---- once a request --------------------------------------------------------------

counts('healthpass_check', { decisions => one('ok', 'ok', 'header') }, '/check', header('good'));
counts('... asked by auth_request', { decisions => one('ok', 'ok', 'header') }, '/asks', header('good'));
counts('... and refusing', { decisions => one('refused', 'no-pass', 'none', 'none') }, '/asks');
counts('... beside a gate', { decisions => one('ok', 'ok', 'header') }, '/asks-own', header('good'));
counts('try_files', { decisions => one('ok', 'ok', 'header') }, '/tries', header('good'));
counts('... to a stricter gate', { decisions => one('refused', 'signer-unknown', 'header') }, '/stranger', header('good'));
counts('an error page that would let in', { decisions => one('refused', 'signer-unknown', 'header') }, '/paged', header('stranger'));
counts('a dry run before a gate', { decisions => one('refused', 'signature', 'header') }, '/dry-first', header('forged'));
counts('... of another mind', { decisions => one('ok', 'ok', 'header') }, '/dry-other', header('good'));
counts('... and behind one', { decisions => one('ok', 'ok', 'header') }, '/dry-last', header('good'));
sub party { return (method => 'POST', body => join('&', map { 'pass%5B%5D=' . hp_encoded($_) } @_)) }
counts('a party', { decisions => one('ok', 'ok', 'form') }, '/party', party('good', 'child'));
counts('... one of which is forged', { decisions => one('refused', 'signature', 'form') }, '/party', party('good', 'forged'));
counts('a neighbour lets in: nobody is asked', { none => 1 }, '/any');

# ---- shown for more than one -----------------------------------------------------

counts('the first use', { decisions => one('ok', 'ok', 'header') }, '/once?by=a', header('child'));
counts('shown for too many', { decisions => { %{ one('ok', 'ok', 'header') }, suspect => 1 } }, '/once?by=b', header('child'));

counts('auth_request: what "set" says of the booking', { decisions => { %{ one('ok', 'ok', 'header') }, suspect => 1 } }, '/booked?by=c', header('child'));
counts('... and an argument, which a subrequest does not have', { decisions => one('fault', 'fault', 'header', 'none') }, '/empty?by=c', header('child'));

# ---- what each worker holds ------------------------------------------------------

# Their entries once all is true of them.
sub workers {
    my ($true, $name) = @_;
    my @workers;
    ok($nginx->wait_for(sub { @workers = @{ status()->{workers} }; return $true->(@workers) }, 10), $name);
    return @workers;
}
# Which of the policies has this path.
sub nth {
    my ($path) = @_;
    my @policies = @{ status()->{policies} };
    return (grep { $policies[$_]{path} =~ $path } 0 .. $#policies)[0];
}
my $n = nth(qr/counted/);
sub versions {
    my $json = status();
    return ($json->{policies}[$n]{version}, map { $_->{policies}[$n]{version} } @{ $json->{workers} });
}
sub agree { my ($first, @others) = versions(); return @others == 2 && !grep { $_ ne $first } @others }

my @two = workers(sub { @_ == 2 }, 'two workers');
is_deeply([ sort map { $_->{pid} } @two ], [ sort $nginx->workers ], '... by their process ids');
ok($nginx->wait_for(\&agree), '... which hold the same');
my ($before) = versions();
is(sum(map { map { $_->{taken_up} } @{ $_->{policies} } } @two), 0, '... and took nothing up since they began');
ok(!(grep { !$_->{current} } @two), '... of the configuration in force');
is($two[0]{policies}[nth(qr/nobody/)]{state}, 'fault', 'a policy without keys shows for each worker');

hp_write($deny, "healthpass deny list 1\nS 1d544387ac3d459ef42da021ef54966f added=2026-11-27T23:00:00Z\n");
ok($nginx->wait_for(sub { my ($now) = versions(); return $now ne $before && agree() }, 10), 'each takes up a new deny list');
workers(sub { @_ == 2 && 2 == grep { sum(map { $_->{taken_up} } @{ $_->{policies} }) == 1 } @_ }, '... once');

# healthpassctl asks it, too: one policy of it is at fault, and a location is in a dry run
my $said = `'$ENV{HEALTHPASSCTL}' status --url http://127.0.0.1:$nginx->{port}/status`;
is($? >> 8, 2, 'healthpassctl status --url: CRITICAL');
like($said, qr{^HEALTHPASS CRITICAL - 2 workers, 3 policies; \Q$dir\E/nobody\.conf: every pass is answered with trust-missing\|decisions=\d+c }, '... because of that policy');
like($said, qr{^a location is in a dry run, and lets everybody in$}m, '... and what else is found');
unlike($said, qr{not every worker}, '... but not its workers');

# a worker that is killed leaves its place to the next one
kill 'KILL', $two[0]{pid};
my @after = workers(sub { @_ == 2 && !grep { $_->{pid} == $two[0]{pid} } @_ }, 'another worker for one that was killed');
ok($nginx->wait_for(\&agree), '... has taken up the same');

# a reload goes on counting; the new workers show
is_deeply(tally(status(), 'decisions'), { reasons => {}, sources => {}, formats => {} }, 'nothing was counted twice');
my $total = status()->{decisions}{total};
ok($nginx->reload, 'a reload');
is(status()->{decisions}{total}, $total, '... goes on with what was counted');
is(status()->{since}, $kept->{since}, '... since the start');
my @new = workers(sub { @_ == 2 && !grep { !$_->{current} } @_ }, '... two workers of it');
ok(!(grep { my $pid = $_->{pid}; grep { $_->{pid} == $pid } @after } @new), '... new ones');
counts('... which count on', { decisions => one('ok', 'ok', 'header') }, '/', header('good'));

is($nginx->stop, 0, 'nginx ends well');
unlike($nginx->error_log =~ s/^.*exited on signal 9\n//mr, qr/\[(alert|crit|emerg)\]/, 'and complained of nothing');
done_testing();
