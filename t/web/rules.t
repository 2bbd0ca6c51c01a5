# Rule documents at the gate: which rule refused, in whose language; and rules that change while
# passes are judged.
use strict;
use warnings;
use utf8;
use lib 't/web/lib';
use HP;
use JSON::PP ();
use POSIX 'strftime';
use Test::More;
use Time::HiRes qw(sleep time);

binmode $_, ':encoding(UTF-8)' for Test::More->builder->output, Test::More->builder->failure_output;

my $dir = hp_dir();
my $json = JSON::PP->new->canonical->utf8;

sub stamp { strftime('%Y-%m-%dT%H:%M:%SZ', gmtime int(time) + shift) }

my %doses = (en => 'Three doses are needed for this.', fr => "Il faut trois doses « complètes ».",
    'de-AT' => 'Drei "Dosen" braucht es: \\ <so>.');
my $three = { '===' => [ { var => 'payload.v.0.dn' }, 3 ] };
my $two = { '===' => [ { var => 'payload.v.0.dn' }, 2 ] };
my $lacks = { after => [ { plusTime => [ { var => 'payload.v.0.none' }, 0, 'day' ] },
    { plusTime => [ '2020-01-01', 0, 'day' ] } ] };

# A document about vaccinations; members in place of the usual ones.
sub rule {
    my ($identifier, $logic, %members) = @_;
    return {
        Identifier => $identifier, Type => 'Acceptance', Country => substr($identifier, 3, 2),
        Version => '1.0.0', SchemaVersion => '1.0.0', Engine => 'CERTLOGIC', EngineVersion => '1.0.0',
        CertificateType => 'Vaccination', Description => [ map { { lang => $_, desc => $doses{$_} } } sort keys %doses ],
        ValidFrom => '2021-01-01T00:00:00Z', ValidTo => '2100-01-01T00:00:00Z', AffectedFields => ['v.0.dn'],
        Logic => $logic, %members,
    };
}

# A policy NAME that goes by these rules of Austria, one file each in a folder NAME.d.
sub policy {
    my ($name, $rules, @lines) = @_;
    mkdir "$dir/$name.d";
    hp_write("$dir/$name.d/$_.json", $json->encode($rules->[$_])) for 0 .. $#$rules;
    return hp_write("$dir/$name.conf", join "\n", "trust = \"$dir/trust.d\";", "rules = \"$dir/$name.d\";",
        'country = "AT";', "identity_key = \"$dir/identity.key\";", @lines, '');
}

policy('passed', [ rule('VR-AT-0001', $two) ]);
policy('failed', [ rule('VR-AT-0001', $two), rule('VR-AT-0002', $three), rule('VR-AT-0003', $three) ]);
policy('open', [ rule('VR-AT-0001', $two), rule('VR-AT-0004', $lacks) ]);
policy('none', [ rule('VR-FR-0005', $two) ]);
policy('allowed', [ rule('VR-AT-0004', $lacks) ], 'rules_open = "allow";');
policy('mute', [ rule('VR-AT-0006', $three, Description => []) ]);
policy('live', [ rule('VR-AT-0001', $two) ]);
hp_write("$dir/htpasswd", "guest:{PLAIN}secret\n");

my $nginx = HP::Server->new(
    level => 'notice',
    access => 'all',
    http => <<"_EOC_",
    log_format all escape=none '\$uri|\$status|\$healthpass_reason|\$healthpass_rule';
    healthpass_policy $dir/live.conf;
    healthpass_refresh 100ms;
    healthpass_log_level notice;
    client_body_buffer_size 64k;
    keepalive_requests 1000000;
_EOC_
    server => join '', <<"_EOC_", map { <<"_OTHER_" } qw(passed failed open none allowed mute),
        healthpass_verify on;
        healthpass_expose rule problem;
        error_page 403 \@refused;
        location / { empty_gif; }
        location /any { satisfy any; auth_basic staff; auth_basic_user_file $dir/htpasswd;
            healthpass_policy $dir/failed.conf; proxy_pass http://venue; }
        location /slow { limit_rate 60; proxy_pass http://venue; }
        location /twice { healthpass_policy $dir/failed.conf; recursive_error_pages on;
            error_page 403 /again; proxy_pass http://venue; }
        location = /again { healthpass_policy $dir/failed.conf; healthpass_source header:X-Health-Pass;
            proxy_pass http://venue; }
        location \@refused { default_type application/problem+json; return 403 \$healthpass_problem; }
_EOC_
        location /$_ { healthpass_policy $dir/$_.conf; proxy_pass http://venue; }
_OTHER_
)->start;

# Status, headers, the problem, and what the access log says of reason and rule.
my $count = 0;
sub ask {
    my ($path, $pass, @headers) = @_;
    $path .= '/' . ++$count;
    my ($status, $headers, $body) = $nginx->get($path, headers => [ hp_header($pass), @headers ]);
    my $line;
    $nginx->wait_for(sub { ($line) = $nginx->access_log =~ m{^\Q$path\E\|(.*)$}m });
    my $problem = $status == 403 ? eval { $json->decode($body) } // { detail => "no JSON: $body" } : {};
    return ($status, $headers, $problem, $line // '');
}

# ---- which rule, and why ---------------------------------------------------------

my $advice = 'This pass does not meet the entry rules. Please show one that does, or ask for help.';

sub refused {
    my ($path, $reason, $rule, $text) = @_;
    my ($status, $headers, $problem, $line) = ask("/$path", 'good');
    is($line, "403|$reason|$rule", "$path: $reason");
    is_deeply([ @$problem{qw(status detail reason)} ], [ 403, $advice, 'rules' ], '... the group for the public');
    is($problem->{requirement}, $text, '... and what is asked for');
    my $vary = () = $headers =~ /^Vary: Accept-Language\r?$/mg;
    is($vary, 1, '... Vary');
    my $named = $rule ? ", rule=$rule" : '';
    ok($nginx->count(qr/\[notice\] .*healthpass: refused, reason=$reason, stage=rules$named, kid=/) == 1, '... the log');
}

refused('failed', 'rule-failed', 'VR-AT-0002', $doses{en});
refused('open', 'rule-open', 'VR-AT-0004', $doses{en});
refused('none', 'rule-none', '', undef);
refused('mute', 'rule-failed', 'VR-AT-0006', undef);
for my $path (qw(passed allowed)) {
    my ($status, $headers, undef, $line) = ask("/$path", 'good');
    like($line, qr/^200\|ok\|VR-AT-000[14]$/, "$path: accepted");
    unlike($headers, qr/^Vary/m, '... without Vary');
}
my (undef, undef, $problem, $line) = ask('/failed', 'forged');
is($line, '403|signature|', 'a forged pass: no rule was asked');
ok(!exists $problem->{requirement}, '... and none is told');
is((ask('/failed', 'expired'))[2]{requirement}, undef, 'nor of an expired one');
is((ask('/failed', 'recovered'))[3], '403|rule-none|', 'rules about vaccinations are none about a recovery');
is((ask('/passed', 'recovered'))[3], '403|rule-none|', '... wherever');
my ($said) = $nginx->check;
like($said, qr/\[warn\] .*allowed\.conf: rules_open = allow/, 'what lets in is warned of at start');
is(() = $said =~ /\[warn\]/g, 1, '... and nothing else');
like($said, qr/\[error\] .*none\.conf: no acceptance rule of AT applies now/, 'but that there is none');

# ---- the visitor's language ------------------------------------------------------

for ([ 'fr', 'fr' ], [ 'fr-CA', 'fr' ], [ 'it,fr;q=0.5', 'fr' ], [ 'en;q=0.3, fr;q=0.7', 'fr' ], [ 'de', 'de-AT' ],
    [ 'DE-at', 'de-AT' ], [ 'it', 'en' ], [ '*', 'en' ], [ '', 'en' ], [ 'fr;q=0', 'en' ], [ 'fr;q=x', 'en' ],
    [ ',' x 600 . 'fr', 'en' ], [ 'a,b,c,d,e,f,fr', 'en' ], [ "fr\x{7f}", 'en' ]) {
    my ($accept, $language) = @$_;
    my ($status, undef, $problem) = ask('/failed', 'good', "Accept-Language: $accept");
    is($problem->{requirement}, $doses{$language}, substr("Accept-Language: $accept", 0, 50));
}
is((ask('/failed', 'good', 'Accept-Language: it', 'accept-language: fr'))[2]{requirement}, $doses{fr}, 'two lines');
is((ask('/twice', 'good', 'Accept-Language: fr'))[2]{requirement}, $doses{fr}, 'an error page that asks too');
my @staff = 'Authorization: Basic Z3Vlc3Q6c2VjcmV0';
my $headers = (ask('/any', 'good', @staff))[1];
like($headers, qr/ 200 /, 'satisfy any: a password is enough');
unlike($headers, qr/^Vary/m, '... and leaves no Vary of a refusal');

# ---- rules change ----------------------------------------------------------------

my $file = "$dir/live.d/0.json";
sub put { hp_write($file, ref $_[0] ? $json->encode($_[0]) : $_[0]) }
sub status { scalar $nginx->get('/', headers => [ hp_header('good') ]) }
sub becomes {
    my ($status, $name) = @_;
    ok($nginx->wait_for(sub { status() == $status }, 10), $name);
}

is(status(), 200, 'a rule that is met');
put(rule('VR-AT-0001', $three, Version => '1.0.1'));
becomes(403, 'its new version is not, without a reload');
put([ rule('VR-AT-0001', $two, Version => '1.0.2'), rule('VR-AT-0001', $three, Version => '1.0.1') ]);
becomes(200, 'the newest version counts');

# the second before it begins, and from then on
my $begins = int(time) + 3;
put([ rule('VR-AT-0001', $two), rule('VR-AT-0001', $three, Version => '2.0.0', ValidFrom => stamp(3)) ]);
my $taken = $nginx->count('taken up anew');
ok($nginx->wait_for(sub { $nginx->count('taken up anew') > $taken }), 'a rule of tomorrow is taken up');
$taken = $nginx->count('taken up anew');
SKIP: {
    skip 'this machine is too slow for it', 1 if time > $begins - 0.5;
    is(status(), 200, '... and does not apply yet');
}
becomes(403, '... and then it does');
cmp_ok(time, '>=', $begins, '... not before its time');
is($nginx->count('taken up anew'), $taken, '... and nothing was read for it');
put([ rule('VR-AT-0001', $two), rule('VR-AT-0002', $three, ValidTo => stamp(2)) ]);
ok($nginx->wait_for(sub { $nginx->count(qr{\[warn\] .*live\.conf: the rule VR-AT-0002 ends at \S+Z, and no version follows on it: healthpassctl rules new}) == 1 }),
    'that a rule runs out is told of');
becomes(200, 'a rule that has ended applies no more');

# a request that is longer than the policy that judged it
my $slow = $nginx->connect;
print $slow "GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" . hp_header('good') =~ s/\n/\r\n/r . "\r\n";
like(scalar <$slow>, qr{^HTTP/1.1 200 }, 'an answer that takes its time');
$taken = $nginx->count('taken up anew');
put(rule('VR-AT-0007', $two));
ok($nginx->wait_for(sub { $nginx->count('taken up anew') > $taken }), 'rules are replaced while an answer is sent');
1 while <$slow>;
ok($nginx->wait_for(sub { $nginx->access_log =~ m{^/slow\|200\|ok\|VR-AT-0001$}m }), '... which has its own rule');
put(rule('VR-AT-0001', $two));
becomes(200, '... and are put back');

# what is wrong
sub kept {
    my ($name, $pattern) = @_;
    ok($nginx->wait_for(sub { $nginx->count($pattern) >= 1 }, 10), "$name: the log says so");
    sleep 0.5;
    is($nginx->count($pattern), 1, '... once');
    is($nginx->count(qr/\[error\] .*policy read before stays: .*$pattern/), 1, '... and that the old one stays');
    is(status(), 200, '... and judges');
}

put('[{"Identifier":');
kept('a cut file', qr{live\.d/0\.json: line 1});
put(rule('VR-AT-0001', $three, Typo => 1));
kept('a member that is none', qr{live\.d/0\.json \(VR-AT-0001\): Typo});
put(rule('VR-AT-0001', $three, Type => 'Invalidation'));
kept('what contradicts itself', qr{live\.d/0\.json \(VR-AT-0001\): Type});
rename "$dir/live.d", "$dir/away.d" or die $!;
kept('no folder', qr{live\.d: No such file});
rename "$dir/away.d", "$dir/live.d" or die $!;
unlink $file;
kept('no rule at all', qr{live\.d: brings no rule document});
put(rule('VR-AT-0001', $two));
becomes(200, 'whole again');

# What the master read when it started is not what a worker in a dead one's place goes by.
put(rule('VR-AT-0001', $three));
becomes(403, 'a stricter rule');
my $others = grep { $_ != 403 } map { kill 'KILL', $nginx->workers; sleep 0.02; (status()) } 1 .. 3;
is($others, 0, '... holds in workers that come in the place of dead ones');
put(rule('VR-AT-0001', $two));
becomes(200, 'the old one again');

# ---- under load ------------------------------------------------------------------

SKIP: {
    skip 'wrk is not installed', 4 if system('command -v wrk >/dev/null') != 0;
    $taken = $nginx->count('taken up anew');
    open my $wrk, '-|', 'wrk', '-t', 1, '-c', 8, '-d', '6s', '-H', hp_header('good') =~ s/\n//r,
        "http://127.0.0.1:$nginx->{port}/" or die "wrk: $!";
    for my $n (1 .. 30) {
        put(rule('VR-AT-0001', $two, Version => "1.$n.0"));
        sleep 0.15;
    }
    my $text = do { local $/; <$wrk> } // '';
    ok(close $wrk, 'wrk ends well');
    my ($requests) = $text =~ /(\d+) requests in/;
    cmp_ok($requests // 0, '>', 1000, ($requests // 0) . ' requests');
    unlike($text, qr/Non-2xx|Socket errors/, 'none was refused, none broken off');
    cmp_ok($nginx->count('taken up anew') - $taken, '>', 10, '... while rules were replaced');
}

is($nginx->stop, 0, 'nginx ends well');
is_deeply([ grep { /\[(alert|crit|emerg)\]/ && !/ exited on signal 9/ } split /^/, $nginx->error_log ], [],
    'and complained of nothing but the workers that we killed');
unlike($nginx->error_log . $nginx->access_log, qr/doses|Dosen/i, 'no log has what a rule says');
done_testing();
