# Parties: one pass for each person, in order, all or nothing, no pass twice; who is young needs none;
# names, the ledger, redirects, and that no line of ours says who it was.
use strict;
use warnings;
use lib 't/web/lib';
use HP;
use HP::Redis;
use POSIX ();
use Test::More;

my $dir = hp_dir();
my $today = POSIX::strftime('%Y-%m-%d', gmtime);

# Made-up people: A to H with a pass each, K a child of eight years.
my %born = (A => '1971-02-03', B => '1982-03-04', C => '1993-04-05', D => '1964-05-06', E => '1955-06-07',
    F => '1991-08-09', G => '1988-10-11', H => '1979-12-01', K => ($today =~ s/^(\d+)/$1 - 8/er =~ s/02-29$/02-28/r));
my %name = map { $_ => "Quix\L$_$_$_\E Zeph" } keys %born;

sub issued {
    my ($who, @options) = @_;
    my ($family, $given) = split / /, $name{$who};
    my $payload = hp_write("$dir/payload.json", <<"_EOC_");
{"ver":"1.3.0","nam":{"fn":"$family","gn":"$given","fnt":"\U$family\E","gnt":"\U$given\E"},
 "dob":"$born{$who}","v":[{"tg":"840539006","vp":"J07BX03","mp":"EU/1/20/1528","ma":"ORG-100030215","dn":2,"sd":2,
 "dt":"2026-05-29","co":"AT","is":"Quixministry","ci":"URN:UVCI:01:AT:QX$who#K"}]}
_EOC_
    my $text = hp_ctl('issue', '--key', "$dir/issuer/issuer.key", '--cert', "$dir/issuer/issuer.pem",
        '--payload', $payload, @options);
    chomp $text;
    return $text;
}

my %pass = map { $_ => issued($_) } keys %born;
$pass{again} = issued('A', '--level', 1, '--tag', 'none', '--kid-in', 'unprotected');
$pass{forged} = issued('B', '--forge');
$pass{ended} = issued('B', '--exp', '2021-09-01T00:00:00Z');
$pass{none} = '';
$pass{blank} = ' ';
isnt($pass{A}, $pass{again}, 'one certificate in two texts');

sub encoded { return $_[0] =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ger }

# Fields of a body: those of the party by pass, names by who shows it.
sub party {
    my ($passes, %more) = @_;
    my @passes = split ' ', $passes;
    my $names = delete $more{names} // $passes;
    my @fields = 'count=' . (delete $more{count} // @passes);
    push @fields, map { 'pass[]=' . encoded($pass{$_} // die $_) } @passes;
    push @fields, map { ('name[]=' . encoded($name{$_} // ''), 'dob[]=' . ($born{$_} // '')) } split ' ', $names;
    return join '&', @fields, map { "$_=" . encoded($more{$_}) } sort keys %more;
}

# ---- what nginx -t says ---------------------------------------------------------------------

hp_write("$dir/keyless.conf", "trust = \"$dir/trust.d\";\nrules = \"minimal\";\n");
my $lists = 'healthpass_source form:pass[];';
for my $case (
    [ $lists, '', 'invalid number of arguments' ],
    [ $lists, 'max=3', 'lacks "count="' ],
    [ $lists, 'count=2 count=3', 'invalid parameter "count=3"' ],
    [ $lists, 'count=form:n[]', '"form:n[]" is a list, expected one value' ],
    (map { [ $lists, "count=2 $_", "invalid parameter \"$_\", expected a number from 1 to 32, once" ] }
        qw(max=0 max=33 max=x max=-1)),
    [ $lists, 'count=2 max=3 max=4', 'invalid parameter "max=4"' ],
    (map { [ $lists, "count=2 $_", "invalid parameter \"$_\", expected years from 1 to 120, once" ] }
        qw(min_age=0 min_age=121 min_age=x)),
    [ $lists, 'count=2 colour=red', 'invalid parameter "colour=red"' ],
    [ $lists, 'count=2 min_age=12', 'with "min_age=" needs "healthpass_holder" with "dob="' ],
    [ "$lists healthpass_holder name=form:name[];", 'count=2 min_age=12', 'with "min_age=" needs' ],
    [ "$lists healthpass_holder name=form:name[] dob=form:dob;", 'count=2 min_age=12', 'needs lists' ],
    [ "$lists healthpass_holder name=\$http_x_name;", 'count=2', 'needs lists' ],
    [ '', 'count=2', 'needs lists' ],
    [ 'healthpass_source form:pass[] bearer;', 'count=2', 'needs lists' ],
    [ "$lists healthpass_policy $dir/keyless.conf;", 'count=2', 'needs an identity_key in the policy' ],
    [ "$lists healthpass_persons count=2;", 'count=2', 'is duplicate' ],
) {
    my ($more, $persons, $words) = @$case;
    my $server = HP::Server->new(server => 'client_body_buffer_size 64k;'
        . "location / { healthpass_verify on; $more healthpass_persons $persons; }");
    my ($text, $code) = $server->check;
    ok($code != 0 && index($text, $words) >= 0, "nginx -t: $more $persons: $words") or diag($text);
}
for my $case (
    [ $lists, 'count=$http_x_count max=32', undef ],
    [ '', 'count=1 max=1', undef ],
    [ "healthpass_policy $dir/keyless.conf;", 'count=1 max=1', 'no identity_key' ],
    [ '', 'off', undef ],
    [ $lists, 'count=form:n', 'sell as many seats as that' ],
    [ $lists, 'off', 'without "healthpass_persons" a list is refused unless it holds one' ],
    [ "$lists healthpass_holder name=form:name[] dob=form:dob[];", 'count=2 min_age=12',
        'a birth date that nobody proves' ],
) {
    my ($more, $persons, $words) = @$case;
    my $server = HP::Server->new(server => 'client_body_buffer_size 64k;'
        . "location / { healthpass_verify on; $more healthpass_persons $persons; }");
    my ($text, $code) = $server->check;
    is($code, 0, "nginx -t: $persons") or diag($text);
    defined $words ? like($text, qr/\[warn\].*\Q$words\E/, "... warns: $words") : unlike($text, qr/warn/, '... and no more');
}

# ---- a booking ------------------------------------------------------------------------------

my $names = 'healthpass_holder name=form:name[] dob=form:dob[];';
my $once = 'limit=1 window=1h by=form:by action=refuse';
my $nginx = HP::Server->new(
    access => 'told',
    http => "log_format told escape=none '\$uri|\$status|\$healthpass_reason|\$healthpass_failed_index|\$healthpass_kind"
        . "|\$healthpass_reuse|\$healthpass_uses|\$healthpass_holder_match';\nhealthpass_zone uses 1m;\n"
        . 'map $http_x_count $later { default $http_x_count; }',
    workers => 2,
    server => <<"_EOC_",
        client_body_buffer_size 256k;
        healthpass_body_max 256k;
        large_client_header_buffers 40 8k;
        healthpass_verify on;
        healthpass_expose failed_index kind uses holder_match;
        $lists
        location /three { healthpass_persons count=3; proxy_pass http://venue; }
        location /book { healthpass_persons count=form:count; proxy_pass http://venue; }
        location /most { healthpass_persons count=form:count max=32; proxy_pass http://venue; }
        location /named { $names healthpass_persons count=form:count; proxy_pass http://venue; }
        location /apart { healthpass_holder name=form:family[] given=form:given[]; healthpass_persons count=form:count; proxy_pass http://venue; }
        location /young { $names healthpass_persons count=form:count min_age=12; proxy_pass http://venue; }
        location /optional { healthpass_verify optional; $names healthpass_persons count=form:count min_age=12;
            proxy_set_header X-Verdict \$healthpass_verdict; proxy_pass http://venue; }
        location /one { healthpass_source form:pass; healthpass_holder name=form:name dob=form:dob;
            healthpass_persons count=1 max=1 min_age=12; proxy_pass http://venue; }
        location /header { healthpass_source header:X-Pass[]; healthpass_persons count=\$http_x_count;
            proxy_set_header X-Health-Pass \$http_x_pass; proxy_pass http://venue; }
        location /off { healthpass_persons count=2; location /off/single { healthpass_persons off; proxy_pass http://venue; } }
        location /dry { healthpass_dry_run on; healthpass_persons count=form:count; proxy_pass http://venue; }
        location /uses { healthpass_persons count=form:count; healthpass_reuse $once; proxy_pass http://venue; }
        location /mark { healthpass_persons count=form:count; healthpass_reuse limit=1 window=1h by=form:by; proxy_pass http://venue; }
        location /sold { healthpass_persons count=form:count; healthpass_reuse $once commit=2xx; proxy_pass http://venue; }
        location /lost { healthpass_persons count=form:count; healthpass_reuse $once commit=2xx; root html; }
        location /page { error_page 403 \@no; healthpass_persons count=form:count; proxy_pass http://venue; }
        location \@no { healthpass_verify off; proxy_set_header X-Verdict \$healthpass_reason:\$healthpass_failed_index; proxy_pass http://venue; }
        location /again { healthpass_persons count=\$seats;
            location /again/from { set \$seats 2; root html; try_files /none /again/to; }
            location /again/to { set \$seats \$later; proxy_pass http://venue; } }
        location /ask { healthpass_verify off; auth_request /check; proxy_pass http://venue; }
        location = /check { internal; healthpass_check; healthpass_source header:X-Pass[]; healthpass_persons count=\$http_x_count;
            healthpass_reuse limit=1 window=1h by=\$http_x_by action=refuse; }
_EOC_
)->start;

my $lines = 0;

# Status, reason and failed index of a request, once the lines of those before are there: a worker
# writes one after its answer.
sub said {
    my ($path, $body, @headers) = @_;
    $nginx->wait_for(sub { ($nginx->access_log =~ tr/\n//) == $lines }) or die "no $lines lines";
    $nginx->get($path, defined $body ? (body => $body) : (), headers => \@headers);
    $lines++;
    my $line = $nginx->wait_for(sub { (split /\n/, $nginx->access_log)[$lines - 1] }) // die 'no line';
    return join ' ', grep { length } (split /\|/, $line, -1)[1 .. 3];
}

is(said('/book', party('A')), '200 ok', 'one');
is(said('/book', party('A B C D')), '200 ok', 'four');
is(said('/three', party('A B C')), '200 ok', 'as many as are said beside the form');
for my $case ([ 'forged', 'signature' ], [ 'ended', 'expired' ], [ 'A', 'given-twice' ], [ 'again', 'given-twice' ],
    [ 'none', 'party' ], [ 'blank', 'party' ]) {
    my ($bad, $reason) = @$case;
    is(said('/book', party("A $bad C D")), "403 $reason 2", "$bad: all are refused, and it is the second");
    is(said('/book', party("A C D $bad")), "403 $reason 4", "$bad: ... or the fourth");
}
is(said('/book', party('forged ended A')), '403 signature 1', 'the first one decides');
is($nginx->count(qr/refused, reason=signature, stage=signature, person 2 of 4, /), 1, 'the log says which');
is($nginx->count(qr/refused, reason=given-twice, stage=format, person 4 of 4, /), 2, '... of a doubled one too');
is(said('/book', undef), '401 no-pass', 'nobody shows anything');
is(said('/book', 'count=2'), '401 no-pass', '... nor two');
is(said('/book', party('none none')), '401 no-pass', '... with empty fields');

# ---- how many -------------------------------------------------------------------------------

is(said('/book', party('A B', count => $_)), '403 party', "two passes for \"$_\"")
    for '', 0, 1, 3, '02x', ' 2', '2 ', '-2', '+2', '2.0', '99999999999999999999999';
is(said('/book', party('A B', count => '002')), '200 ok', 'leading zeros are a number');
is(said('/book', party('A B') . '&count=2'), '403 given-twice', 'the number twice');
is(said('/book', party('A') =~ s/count=1&//r), '403 party', 'the number missing');
is(said('/book', party(join ' ', ('A' .. 'H'), 'K', 'none', 'again')), '403 party', 'eleven of at most ten');
is(said('/book', party(join ' ', ('A' .. 'H'), 'K', 'again')), '403 given-twice 10', '... and ten');
is(said('/most', party(join(' ', ('A' .. 'H'), 'K', ('none') x 23))), '403 party 10', '32 of at most 32');
is(said('/most', party(join(' ', ('A' .. 'H'), 'K', ('none') x 24))), '403 party', '... and 33');
is(said('/off/single', party('A')), '200 ok', 'off: a list of one');
is(said('/off/single', party('A B')), '403 party', '... and of two');

my @headers = map { "X-Pass: $_" } @pass{qw(A B)};
is(said('/header', undef, @headers, 'X-Count: 2'), '200 ok', 'in header lines');
is(said('/header', undef, @headers, 'X-Count: 3'), '403 party', '... too few');
is(said('/header', undef, @headers[0, 0], 'X-Count: 2'), '403 given-twice 2', '... one twice');
unlike(scalar(($nginx->get('/header', headers => [ @headers, 'X-Count: 2' ]))[2]), qr/HC1/, 'and stripped');
$lines++;

# ---- whose ----------------------------------------------------------------------------------

is(said('/named', party('A B C')), '200 ok', 'each its own name');
is(said('/named', party('A B C', names => 'A C B')), '403 holder 2', 'two names are exchanged');
is(said('/named', party('A B C', names => 'A B')), '403 party', 'a name too few');
is(said('/named', party('A B', names => 'A B C')), '403 party', 'a name too many');
is(said('/named', party('A B') =~ s/&name\[\]=[^&]*//gr), '403 holder 1', 'no names at all');
is(said('/named', party('A B') =~ s/&name\[\]=[^&]*(?=&dob\[\]=[^&]*\z)/&name[]=/r), '403 holder 2', 'an empty one');
is(said('/named', party('A B') =~ s/&name\[\]=[^&]*(?=&dob\[\]=[^&]*\z)/&name[]=%zz/r), '403 holder 2', 'a damaged one');
is(said('/named', party('A B') . '&name[]=%zz'), '403 party', '... that is one too many');
is(said('/named', party('A B') . "&name[]=%zz&name[]=$name{C}" =~ s/ /+/r), '403 party', '... that hides one too many');
is(said('/named', party('A B') =~ s/1982/1983/r), '403 holder 2', 'another birth date');
is(said('/apart', 'count=2&' . join '&', (map { 'pass[]=' . encoded($pass{$_}) } qw(A B)), (map { "family[]=Quix$_" } qw(aaa bbb)),
    ('given[]=Zeph') x 2), '200 ok', 'family and given names apart');
is(said('/apart', 'count=2&' . join '&', (map { 'pass[]=' . encoded($pass{$_}) } qw(A B)), (map { "family[]=Quix$_" } qw(aaa bbb)),
    'given[]=Zeph'), '403 party', '... a given name too few');

# ---- children -------------------------------------------------------------------------------

is(said('/young', party('A none', names => 'A K')), '200 ok', 'a child needs no pass');
is(said('/young', party('none A', names => 'K A')), '200 ok', '... also as the first');
is(said('/young', party('A K')), '200 ok', '... and may show one');
is(said('/young', party('A forged', names => 'A K')), '403 signature 2', '... that is judged');
is(said('/young', party('A K', names => 'A A')), '403 holder 2', '... and is in its name');
is(said('/young', party('none none', names => 'K K')), '200 ok', 'a party of children');
is(said('/young', party('none', names => 'K') =~ s/&pass\[\]=//r), '200 ok', '... without a field');
is(said('/young', party('none none', names => 'K K', count => $_)), '401 no-pass', "... for \"$_\" of them") for 0, 11, 'x';
is(said('/young', party('none none', names => 'K K', count => 3)), '403 party', '... for three of two');
is(said('/young', party('A none', names => 'A B')), '403 party 2', 'an adult without one');
is(said('/young', party('none none', names => 'K B')), '401 no-pass 2', '... beside a child only');
for my $birth ('', '2020', '2020-05', '2020-02-30', '2999-01-01', '1890-01-01', '0001-01-01', 'x') {
    is(said('/young', party('A none', names => 'A K') =~ s/dob\[\]=\Q$born{K}\E/dob[]=$birth/r), '403 party 2',
        "born \"$birth\": no exemption");
}
my $twelve = sub { my ($days) = @_; POSIX::strftime('%Y-%m-%d', gmtime(time - $days * 86400)) =~ s/^(\d+)/$1 - 12/er };
is(said('/young', party('A none', names => 'A K') =~ s/\Q$born{K}\E/$twelve->(2)/er), '403 party 2', 'twelve since two days');
is(said('/young', party('A none', names => 'A K') =~ s/\Q$born{K}\E/$twelve->(-2)/er), '200 ok', 'twelve in two days');
is(said('/one', 'name=' . encoded($name{K}) . "&dob=$born{K}"), '200 ok', 'a child alone, plain fields');
is(said('/one', 'name=' . encoded($name{A}) . "&dob=$born{A}"), '401 no-pass 1', 'an adult alone');
is(said('/one', 'pass=' . encoded($pass{A}) . '&name=' . encoded($name{A}) . "&dob=$born{A}"), '200 ok', '... with a pass');

like(scalar(($nginx->get('/optional', body => party('none none', names => 'A B')))[2]), qr/verdict=\[none\]/, 'optional: none');
like(scalar(($nginx->get('/optional', body => party('none none', names => 'K K')))[2]), qr/verdict=\[accepted\]/, '... or exempt');
$lines += 2;
is(said('/optional', party('A none', names => 'A B')), '403 party 2', '... but not one of two');
is(said('/optional', party('A blank', names => 'A B')), '403 party 2', '... nor a blank one');
is(said('/dry', party('A forged')), '200 signature 2', 'a dry run lets in, and tells');

# ---- uses -----------------------------------------------------------------------------------

sub used { return (split /\|/, (split /\n/, $nginx->access_log)[$lines - 1], -1)[5, 6] }

is(said('/uses', party('A B', by => 'one')), '200 ok', 'a use of each pass');
is(said('/uses', party('A B', by => 'one')), '200 ok', '... the same again is free');
is(said('/uses', party('C B', by => 'two')), '403 reused 2', 'the second was shown for others');
is_deeply([ used() ], [ 'reused', 2 ], '... and says so');
is(said('/uses', party('C D', by => 'three')), '200 ok', 'the first of them has its place yet');
is(said('/uses', party('C D', by => 'three')), '200 ok', '... and kept it');
is(said('/uses', party('C', by => 'four')), '403 reused 1', '... for good');
is(said('/uses', party('E forged', by => 'five')), '403 signature 2', 'a bad one: nobody was counted');
is(said('/uses', party('E', by => 'six')), '200 ok', '... as is seen');
is(said('/uses', party('F A', by => 'one')), '200 ok', 'one known and one new');
is(said('/uses', party('F E', by => 'one')), '403 reused 2', 'given back is only what was taken now');
is(said('/uses', party('F', by => 'seven')), '403 reused 1', '... the use before stays');
is(said('/uses', party('G H', by => '')), '503 fault 1', 'for nobody in particular');
is(said('/uses', party('G H', by => 'eight') . '&by=nine'), '403 given-twice 1', 'for two');
is(said('/mark', party('G A', by => 'ten')), '200 ok', 'mark: all are let in');
is_deeply([ used() ], [ 'suspect', 2 ], '... and the worst is told of');
is($nginx->count(qr/\[warn\].*accepted, suspect, reason=ok/), 1, '... to the operator too');
is(said('/lost', party('H K', by => 'eleven')), '404 ok', 'commit: an answer that sold nothing');
is(said('/sold', party('H K', by => 'twelve')), '200 ok', '... has given back all places');
is(said('/sold', party('K', by => 'thirteen')), '403 reused 1', '... and one that sold has them');
is($nginx->count(qr/refused, reason=reused, .*person [12] of [12]/), 5, '... all told of by a number');

# ---- ways round -----------------------------------------------------------------------------

is(said('/page', party('A forged')), '403 signature 2', 'a named error page knows it');
like(scalar(($nginx->get('/page', body => party('A forged')))[2]), qr/verdict=\[signature:2\]/, '... in its own headers');
$lines++;
is(said('/again/from', party('A B'), 'X-Count: 2'), '200 ok', 'an internal redirect, of the same party');
is(said('/again/from', party('A B'), 'X-Count: 3'), '403 party', '... of another one');
is(said('/ask', undef, @headers, 'X-Count: 2', 'X-By: one'), '200', 'auth_request asks about a party');
is(said('/ask', undef, (map { "X-Pass: $_" } @pass{qw(A G)}), 'X-Count: 2', 'X-By: other'), '403', '... and its uses');
is(said('/ask', undef, @headers, 'X-Count: x', 'X-By: one'), '403', '... and its number');

ok($nginx->reload, 'reloaded');
is(said('/uses', party('C B', by => 'fourteen')), '403 reused 1', 'the uses are there yet');
is(said('/uses', party('C D', by => 'three')), '200 ok', '... and whose they are');
$nginx->stop;

my $logs = $nginx->error_log . $nginx->access_log;
unlike($logs, qr/quix|zeph|HC1:|URN:UVCI/i, 'no name and no pass in any log');
unlike($logs, qr/\Q$_\E/, '... nor a birth date') for grep { $_ ne $today } values %born;
is($nginx->count(qr/\[(?:alert|emerg|crit)\]/), 0, 'nothing else is wrong') or diag($nginx->error_log);

# ---- a fleet --------------------------------------------------------------------------------

my $redis = HP::Redis->new(HP::Server::free_port());
hp_policy('fleet', "ledger = \"unix:$redis->{socket}\";");
my $fleet = HP::Server->new(
    http => "healthpass_policy $dir/fleet.conf; healthpass_zone uses 1m; healthpass_expose failed_index;",
    server => <<"_EOC_",
        client_body_buffer_size 64k;
        healthpass_verify on;
        $lists
        healthpass_persons count=form:count;
        add_header X-Failed \$healthpass_reason:\$healthpass_failed_index always;
        location /uses { healthpass_reuse $once; proxy_pass http://venue; }
        location /lost { healthpass_reuse $once commit=2xx; root html; }
        location /open { healthpass_reuse $once fail=open; proxy_pass http://venue; }
_EOC_
)->start;

sub fleet {
    my ($path, $body) = @_;
    my ($status, $headers) = $fleet->get($path, body => $body);
    my ($why) = $headers =~ /^X-Failed: ([\w:-]*)/m;
    return "$status $why";
}

is(fleet('/uses', party('A B C D', by => 'one')), '200 ok:', 'Redis: a use of each');
is(fleet('/uses', party('E F B', by => 'two')), '403 reused:3', '... the third was shown for others');
is(fleet('/uses', party('E F', by => 'three')), '200 ok:', '... and the first two have their places yet');
is(fleet('/uses', party('E', by => 'four')), '403 reused:1', '... once');
is(fleet('/lost', party('G H', by => 'five')), '404 ok:', '... an answer that sold nothing');
is(fleet('/uses', party('G H', by => 'six')), '200 ok:', '... gave them back');
$redis->kill_it;
is(fleet('/uses', party('A B', by => 'one')), '503 ledger-away:1', 'Redis is away: closed');
is(fleet('/open', party('A B', by => 'one')), '200 ok:', '... or open');
is(fleet('/open', party('K A', by => 'two')), '403 reused:2', '... and this machine goes on counting');
is(fleet('/open', party('K', by => 'three')), '200 ok:', '... and giving back');
$fleet->stop;
is($fleet->count(qr/\[(?:alert|emerg|crit)\]/), 0, 'nothing else is wrong') or diag($fleet->error_log);

done_testing();
