# healthpass_visit, over HTTP/2: a pass that is good today may be over on the day that is booked; which days are
# read, how far ahead, and that a day which cannot be read is refused.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use POSIX ();
use Test::More;

use constant DAY => 86_400;

my $dir = hp_dir();

sub day  { return POSIX::strftime('%Y-%m-%d', gmtime(time + $_[0] * DAY)) }
sub when { return POSIX::strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + $_[0] * DAY)) }

# Good for three days.
my $pass = hp_ctl('issue', '--key', "$dir/issuer/issuer.key", '--cert', "$dir/issuer/issuer.pem",
    '--preset', 'adult-full', '--exp', when(3));
chomp $pass;
my $encoded = $pass =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger;

# ---- what nginx -t says ---------------------------------------------------------------------

for my $case (
    [ '', 'invalid number of arguments' ],
    [ '$arg_day max=1d more', 'invalid number of arguments' ],
    [ 'form:day[]', '"form:day[]" is a list, expected one value' ],
    (map { [ "\$arg_day $_", "invalid parameter \"$_\", expected \"max=\" and a time from 1s to 366d" ] }
        'max=0', 'max=367d', 'max=x', 'max=', 'most=1d'),
    [ '$arg_day; healthpass_visit $arg_day', 'is duplicate' ],
) {
    my ($visit, $words) = @$case;
    my ($text, $code) = HP::Server->new(server => "location / { healthpass_verify on; healthpass_visit $visit; }")->check;
    ok($code != 0 && index($text, $words) >= 0, "nginx -t: $visit: $words") or diag($text);
}
for my $case ([ '$arg_day max=366d', undef ], [ '$arg_day max=1s', undef ], [ 'off', undef ],
    [ 'form:day', '"form:day" is what the visitor writes: sell a ticket for that day, and no other' ]) {
    my ($visit, $words) = @$case;
    my ($text, $code) = HP::Server->new(
        server => "client_body_buffer_size 64k; location / { healthpass_verify on; healthpass_visit $visit; }")->check;
    is($code, 0, "nginx -t: $visit") or diag($text);
    defined $words ? like($text, qr/\[warn\].*\Q$words\E/, "... warns: $words") : unlike($text, qr/warn/, '... and no more');
}

# ---- days -----------------------------------------------------------------------------------

hp_policy('later', 'rules_later = "accept";');
my $nginx = HP::Server->new(
    listen => 'ssl http2',
    access => 'told',
    http => "log_format told escape=none '\$uri|\$status|\$healthpass_reason';\nhealthpass_zone uses 1m;"
        . 'map $http_x_then $then { default $http_x_then; }',
    server => "ssl_certificate $dir/issuer/issuer.pem; ssl_certificate_key $dir/issuer/issuer.key;\n" . <<"_EOC_",
        client_body_buffer_size 64k;
        healthpass_verify on;
        location /day { healthpass_visit \$http_x_day; proxy_pass http://venue; }
        location /near { healthpass_visit \$http_x_day max=2d; proxy_pass http://venue; }
        location /form { healthpass_visit form:day; proxy_pass http://venue; }
        location /off { healthpass_visit \$http_x_day; location /off/now { healthpass_visit off; proxy_pass http://venue; } }
        location /allowed { healthpass_policy $dir/later.conf; healthpass_visit \$http_x_day; proxy_pass http://venue; }
        location /optional { healthpass_verify optional; healthpass_visit \$http_x_day; proxy_pass http://venue; }
        location /dry { healthpass_dry_run on; healthpass_visit \$http_x_day; proxy_pass http://venue; }
        location /check { healthpass_check; healthpass_visit \$http_x_day; }
        location /ask { healthpass_verify off; set \$day \$http_x_day; auth_request /asked; proxy_pass http://venue; }
        location = /asked { internal; healthpass_check; healthpass_visit \$day; }
        location /young {
            healthpass_source form:pass[];
            healthpass_holder name=form:name[] dob=form:born[];
            healthpass_persons count=form:count min_age=12;
            healthpass_visit form:day;
            proxy_pass http://venue;
        }
        location /party { healthpass_source form:pass[]; healthpass_persons count=form:count; healthpass_visit form:day;
            proxy_pass http://venue; }
        location /once { healthpass_visit \$http_x_day; healthpass_reuse limit=1 window=1h by=\$http_x_by action=refuse; proxy_pass http://venue; }
        location /moved {
            healthpass_visit \$day;
            location /moved/from { set \$day \$http_x_day; root html; try_files /none /moved/to; }
            location /moved/to { set \$day \$then; proxy_pass http://venue; }
        }
_EOC_
)->start;

my ($version) = `curl --version` =~ /(HTTP2)/;
BAIL_OUT('this curl has no HTTP/2') unless $version;

my $lines = 0;

# Status and reason; arguments are curl's.
sub said {
    my ($path, @args) = @_;
    system('curl', '-sSk', '--http2', '--max-time', 10, '-o', '/dev/null', @args, "https://127.0.0.1:$nginx->{port}$path");
    $lines++;
    my $line = $nginx->wait_for(sub { (split /\n/, $nginx->access_log)[$lines - 1] }) // die 'no line';
    return join ' ', grep { length } (split /\|/, $line, -1)[1, 2];
}

sub on {
    my ($path, $day, @more) = @_;
    return said($path, '-H', "X-Health-Pass: $pass", length $day ? ('-H', "X-Day: $day") : (), map { ('-H', $_) } @more);
}

is(on('/day', day(0)), '200 ok', 'today');
is(on('/day', when(1)), '200 ok', 'tomorrow');
is(on('/day', day(2)), '200 ok', 'in two days');
is(on('/day', time + 2 * DAY), '200 ok', '... in seconds');
is(on('/day', when(2.9)), '200 ok', 'shortly before its end');
is(on('/day', when(3.1)), '403 later', '... and behind it');
is(on('/day', day(5)), '403 later', 'in five days');
is(on('/day', when(30.9)), '403 later', 'in a month');
is(on('/day', when(31.1)), '403 visit', '... and a little more');
is(on('/day', day(400)), '403 visit', 'next year');
is(on('/day', when(-0.9)), '200 ok', 'over since this morning');
is(on('/day', when(-1.1)), '403 visit', 'over since yesterday');
is(on('/day', day(-2)), '403 visit', 'the day before');
is(on('/day', $_), '403 visit', "\"$_\"") for '', 'tomorrow', '2026-02-30', '28.11.2026', '2026-11-28T20:00', '1e10';
is(said('/day'), '401 no-pass', 'without a pass nobody is asked for a day');
is(on('/near', when(1.9)), '200 ok', 'max=2d: one below');
is(on('/near', when(2.1)), '403 visit', '... and one above');
is(on('/off/now', 'tomorrow'), '200 ok', 'off');
is(on('/allowed', day(5)), '200 ok', 'the policy accepts who is good now');
is(on('/optional', 'tomorrow'), '403 visit', 'optional: a pass is for a day');
is(said('/optional', '-H', 'X-Day: tomorrow'), '200 no-pass', '... and none for none');
is(on('/dry', 'tomorrow'), '200 visit', 'a dry run tells');
is(on('/check', day(2)), '204 ok', 'healthpass_check');
is(on('/check', day(5)), '403 later', '... too');
is(on('/ask', day(2)), '200', 'auth_request, by a variable');
is(on('/ask', day(5)), '403', '... too');

my @form = ('--data', "pass=$encoded&day=");
is(said('/form', $form[0], $form[1] . day(2)), '200 ok', 'a day of the form');
is(said('/form', $form[0], $form[1] . day(5)), '403 later', '... too late');
is(said('/form', $form[0], "$form[1]"), '403 visit', '... empty');
is(said('/form', $form[0], "pass=$encoded"), '403 visit', '... missing');
is(said('/form', $form[0], "$form[1]%zz"), '403 visit', '... damaged');
is(said('/form', $form[0], $form[1] . day(2) . '&day=' . day(5)), '403 given-twice', '... twice');
is(said('/form', '-H', "X-Health-Pass: $pass", '--data', 'day=' . day(5)), '403 later', '... beside a pass in a header');

my $twelve = day(1) =~ s/^(\d+)/$1 - 12/er =~ s/02-29$/03-01/r;
my @child = ('--data', "count=1&pass[]=&name[]=Quix&born[]=$twelve&day=");
is(said('/young', $child[0], $child[1] . day(0)), '200 ok', 'who is twelve tomorrow needs none today');
is(said('/young', $child[0], $child[1] . day(2)), '401 no-pass', '... but in two days');
is(said('/young', $child[0], "$child[1]soon"), '401 no-pass', '... and nobody, on a day that is none');

chomp(my $other = hp_ctl('issue', '--key', "$dir/issuer/issuer.key", '--cert', "$dir/issuer/issuer.pem", '--preset', 'recovered'));
my $two = "count=2&pass[]=$encoded&pass[]=" . $other =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger . '&day=';
is(said('/party', '--data', $two . day(2)), '200 ok', 'a party for that day');
is(said('/party', '--data', $two . day(5)), '403 later', '... is refused when the pass of one is over then');
is($nginx->count(qr/reason=later, stage=rules, person 1 of 2, /), 1, '... the first one');

is(on('/once', day(5), 'X-By: one'), '403 later', 'who is refused for the day has not used the pass');
is(on('/once', day(2), 'X-By: two'), '200 ok', '... as is seen');
is(on('/once', day(1), 'X-By: two'), '200 ok', 'another day is the same use');
is(on('/moved/from', day(2), 'X-Then: ' . day(2)), '200 ok', 'an internal redirect to the same day');
is(on('/moved/from', day(2), 'X-Then: ' . day(5)), '403 later', '... to another one');
is(on('/moved/from', day(5), 'X-Then: ' . day(2)), '403 later', '... and back');

ok($nginx->reload, 'reloaded');
is(on('/day', day(2)), '200 ok', 'in two days');
is(on('/day', day(5)), '403 later', 'in five days');
$nginx->stop;
is($nginx->count(qr/refused, reason=visit, stage=holder, /) > 10, 1, 'the log says that it was the day');
unlike($nginx->error_log, qr/HC1:/, '... and no pass');
is($nginx->count(qr/\[(?:alert|emerg|crit)\]/), 0, 'nothing else is wrong') or diag($nginx->error_log);

done_testing();
