# healthpassctl rules: each command, each exit code; limits of house rules one below and one
# above; the published vectors, where HEALTHPASS_TESTDATA says where they are.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Digest::SHA 'sha256_hex';
use File::Glob ':bsd_glob';
use JSON::PP;
use MIME::Base64;
use Test::More;

my $home = folder();
my $json = JSON::PP->new->utf8->canonical;

sub lines { return map { $json->decode($_) } split /\n/, $_[0]{out} }
sub feed { my $lines = join '', map { "$_\n" } @_; return \$lines }

sub is_run {
    my ($what, $status, $out, $err, @args) = @_;
    my $r = ctl(@args);
    is($r->{status}, $status, "$what: exit $status") or diag $r->{err};
    like($r->{out}, $out, "$what: the answer");
    like($r->{err}, $err, "$what: the messages");
    return $r;
}

# ---- usage -----------------------------------------------------------------------

usage_error(qr/^  rules new .*^  rules check .*^  rules list .*^  rules import .*^  rules decide .*^  rules eval /ms, 'rules');
usage_error(qr/expected one FILE/, qw(rules eval a b));
usage_error(qr/unknown option --rules/, qw(rules eval --rules x));
usage_error(qr/--rules DIR is missing/, qw(rules decide));
usage_error(qr/expected one FILE/, qw(rules decide --rules x a b));
usage_error(qr/FILE is missing/, qw(rules check));
usage_error(qr/--rules DIR is missing/, qw(rules list --country XX));
usage_error(qr/--country CC is missing/, qw(rules list --rules x));
usage_error(qr/expected two capital letters/, qw(rules list --rules x --country), $_) for 'xx', 'X', 'FRA', "X\e";
usage_error(qr/--type x: expected v \| t \| r/, qw(rules list --rules x --country XX --type x));
usage_error(qr/expected one MIRROR/, qw(rules import --unsigned -o x));
usage_error(qr/-o FOLDER is missing/, qw(rules import --unsigned x));
usage_error(qr/either --pin or --unsigned/, qw(rules import --unsigned --pin p -o x m));

# ---- eval ------------------------------------------------------------------------

sub evaluated {
    my ($what, $answer, $line) = @_;
    my $r = ctl(feed($line), qw(rules eval));
    is_deeply([ @$r{qw(status out err)} ], [ 0, "$answer\n", '' ], $what);
}

sub no_line {
    my ($what, $words, @lines) = @_;
    my $r = ctl(feed(@lines), qw(rules eval));
    is_deeply([ @$r{qw(status out)} ], [ 1, "{\"error\":true}\n" x @lines ], "$what: exit 1");
    like($r->{err}, $words, "$what: why");
}

evaluated('a literal', '{"value":1}', '{"expr":1}');
evaluated('false is an expression', '{"value":false}', '{"expr":false,"data":null}');
evaluated('the data', '{"value":{"a":[1,null,1.5,"x",{"b":true}]}}',
    '{"expr":{"var":""},"data":{"a":[1,null,1.5,"x",{"b":true}]}}');
evaluated('null is a value', '{"value":null}', '{"expr":{"var":"a"},"data":{}}');
evaluated('a whole real is whole', '{"value":2}', '{"expr":{"var":"a"},"data":{"a":2.0}}');
evaluated('an error', '{"error":true}', '{"expr":{"+":[1,"x"]},"data":{}}');
evaluated('a date-time', '{"value":{"$dateTime":"2021-03-02T00:00:00.000Z"}}',
    '{"expr":{"plusTime":["2021-01-30",1,"month"]},"data":{}}');
evaluated('date-times in arrays', '{"value":[[{"$dateTime":"2020-12-31T00:00:00.000Z"}],2]}',
    '{"expr":[[{"dccDateOfBirth":["2020"]}],2]}');
evaluated('what reduce lends', '{"value":{"accumulator":0,"current":7}}',
    '{"expr":{"reduce":[{"var":"v"},{"var":""},0]},"data":{"v":[7]}}');
evaluated('U+0000 in a text', '{"value":"a\u0000b"}', '{"expr":{"var":"a"},"data":{"a":"a\u0000b"}}');
evaluated('other scripts', '{"value":"\u00E9\uD83D\uDE00"}', "{\"expr\":\"\xc3\xa9\xf0\x9f\x98\x80\"}");
evaluated('a line end of two bytes', '{"value":1}', "{\"expr\":1}\r");
my $long = 'a' x 1e6;
ok(ctl(feed(qq({"expr":{"var":"a"},"data":{"a":"$long"}})), qw(rules eval))->{out} eq qq({"value":"$long"}\n), 'a line of 1 MB');

no_line('no JSON', qr/^healthpassctl rules eval: standard input, line 1: /, 'x');
no_line('an empty line', qr/line 1: /, '');
no_line('a NUL', qr/line 1: /, "{\"expr\":1}\0");
no_line('a NUL inside', qr/line 1: /, "{\"expr\":\"a\0b\"}");
no_line('no UTF-8', qr/line 1: /, "{\"expr\":\"\xff\"}");
no_line('an array', qr/line 1: expected an object/, '[1]');
no_line('without expr', qr/line 1: expected a member expr/, '{"data":{}}');
no_line('a doubled member', qr/line 1: .*doubled member/, '{"expr":1,"expr":2}');
no_line('not well-formed', qr/line 1: expr is not well-formed: /, '{"expr":{"or":[1,2]},"data":{}}');
no_line('each of two', qr/line 1: .*\n.*line 2: /, 'x', 'y');
no_line('too long', qr/line 1: expected at most 2 MiB/, '{"expr":"' . 'a' x (2 << 20) . '"}');
no_line('nested too deep', qr/line 1: /, '{"expr":{"var":""},"data":' . '[' x 5000 . ']' x 5000 . '}');
no_line('nested too deep to be shown', qr/line 1: the value is nested too deep/,
    '{"expr":{"var":""},"data":' . '[' x 900 . ']' x 900 . '}');

my $wide = '{"expr":1,"data":[' . join(',', (1) x 20000) . ']}';
ok(ctl(feed(($wide) x 200), qw(rules eval))->{out} eq qq({"value":1}\n) x 200, 'each line has all the memory');

my $r = ctl(feed('{"expr":1}', 'x' x (3 << 20), 'x', '{"expr":2}'), qw(rules eval));
is($r->{out}, qq({"value":1}\n{"error":true}\n{"error":true}\n{"value":2}\n), 'what follows a bad line is answered');
is($r->{status}, 1, 'and the exit code tells');
is_run('no line', 1, qr/^$/, qr/standard input: no line/, 'rules', 'eval');
$r = is_run('an endless line', 3, qr/^\{"value":1\}\n\{"error":true\}\n$/, qr/line 2: has no end within 16 MiB/,
    \('{"expr":1}' . "\n" . ' ' x (17 << 20)), qw(rules eval));
is_run('no file', 3, qr/^$/, qr/none: No such file/, qw(rules eval), "$home/none");
is_run('a folder', 3, qr/^$/, qr/Is a directory/, qw(rules eval), $home);
is_run('a file', 0, qr/^\{"value":1\}$/, qr/^$/, qw(rules eval), put('one.jsonl', '{"expr":1}'));

# ---- rules to try ------------------------------------------------------------------

sub rule {
    my ($id, %with) = @_;
    my ($prefix, $country) = $id =~ /^(.)R-(..)/;
    return { Identifier => $id, Type => $prefix eq 'I' ? 'Invalidation' : 'Acceptance', Country => $country,
        Version => '1.0.0', SchemaVersion => '1.0.0', Engine => 'CERTLOGIC', EngineVersion => '1.0.0',
        CertificateType => { G => 'General', V => 'Vaccination', T => 'Test', R => 'Recovery', I => 'General' }->{$prefix},
        Description => [ { lang => 'en', desc => 'The first dose must be there.' },
                         { lang => 'de', desc => 'Die erste Dosis muss da sein.' } ],
        ValidFrom => '2021-01-01T00:00:00Z', ValidTo => '2030-01-01T00:00:00+02:00', AffectedFields => [ 'v.0' ],
        Logic => { '===' => [ { var => 'payload.v.0.dn' }, 1 ] }, %with };
}

sub write_rules { my ($name, @rules) = @_; return put($name, $json->encode(\@rules)) }

my $new = rule('VR-XX-0001', Version => '1.10.0', ValidFrom => '2022-01-01T00:00:00Z');
my $sets = { valueSetId => 'ones', valueSetDate => '2021-01-01', valueSetValues => { 1 => {} } };
mkdir "$home/rules";
write_rules('rules/a.json', rule('VR-XX-0001', Version => '1.9.0'), $new,
    rule('VR-XX-0002', Logic => { in => [ { var => 'payload.v.0.mp' }, { var => 'external.valueSets.ones' } ] }),
    rule('VR-XX-0003', Region => 'A1'), rule('TR-XX-0001', EngineVersion => '9.0.0'),
    rule('IR-YY-0001', Logic => { '!' => [ { '===' => [ { var => 'payload.v.0.ci' }, 'bad' ] } ] }), $sets);

# ---- decide ------------------------------------------------------------------------

sub decide {
    my ($rules, @questions) = @_;
    my $r = ctl(feed(map { ref ? $json->encode($_) : $_ } @questions), qw(rules decide --rules), ref $rules ? @$rules : $rules);
    return ($r, lines($r));
}

sub question {
    my ($type, $entry, %external) = @_;
    my %name = (v => 'Vaccination', t => 'Test', r => 'Recovery');
    return { type => $name{$type}, payload => { ver => '1.3.0', $type => [ $entry ], dob => '1990-01-01' },
        external => { validationClock => '2021-07-01T12:00:00Z', countryCode => 'XX', %external } };
}

sub decided {
    my ($what, $expected, $question) = @_;
    my ($r, $answer) = decide("$home/rules", $question);
    is($r->{status}, 0, "$what: exit 0") or diag $r->{err};
    is_deeply($answer, $expected, "$what: as expected");
}

my %one = (dn => 1, mp => '1');
decided('passed', { rules => { 'VR-XX-0001' => 'passed', 'VR-XX-0002' => 'passed' },
    versions => { 'VR-XX-0001' => '1.9.0', 'VR-XX-0002' => '1.0.0' }, verdict => 'passed' }, question('v', \%one));
decided('failed', { rules => { 'VR-XX-0001' => 'failed', 'VR-XX-0002' => 'passed' },
    versions => { 'VR-XX-0001' => '1.10.0', 'VR-XX-0002' => '1.0.0' }, verdict => 'failed' },
    question('v', { %one, dn => 2 }, validationClock => '2022-01-01T00:00:00Z'));
decided('open, and value sets of the line itself', { rules => { 'VR-XX-0001' => 'passed', 'VR-XX-0002' => 'open' },
    versions => { 'VR-XX-0001' => '1.9.0', 'VR-XX-0002' => '1.0.0' }, verdict => 'open' },
    question('v', \%one, valueSets => {}));
decided('none', { rules => {}, versions => {}, verdict => 'none' }, question('r', {}));
decided('a place in small letters', { rules => {}, versions => {}, verdict => 'none' },
    question('v', \%one, countryCode => 'zz'));
decided('a region', { rules => { 'VR-XX-0003' => 'passed' }, versions => { 'VR-XX-0003' => '1.0.0' }, verdict => 'passed' },
    question('v', \%one, region => ' a1 '));
decided('an issuer\'s own', { rules => { 'IR-YY-0001' => 'failed' }, versions => { 'IR-YY-0001' => '1.0.0' }, verdict => 'failed' },
    question('v', { ci => 'bad' }, countryCode => 'ZZ', issuerCountryCode => 'YY'));
decided('a day before midnight', { rules => {}, versions => {}, verdict => 'none' },
    question('v', \%one, validationClock => '2020-12-31T23:59:59Z'));
decided('the clock\'s zone counts', { rules => {}, versions => {}, verdict => 'none' },
    question('v', \%one, validationClock => '2021-01-01T00:59:59+01:00'));
my $bare = question('t', {});
delete $bare->{payload};
decided('no payload', { rules => { 'TR-XX-0001' => 'open' }, versions => { 'TR-XX-0001' => '1.0.0' }, verdict => 'open' }, $bare);

for ([ 'no type', qr/type: expected Vaccination/, sub { delete $_[0]{type} } ],
     [ 'another type', qr/type: expected/, sub { $_[0]{type} = 'v' } ],
     [ 'no external', qr/external: expected an object/, sub { delete $_[0]{external} } ],
     [ 'external is no object', qr/external: expected an object/, sub { $_[0]{external} = [] } ],
     [ 'no clock', qr/external.validationClock: expected/, sub { delete $_[0]{external}{validationClock} } ],
     [ 'a clock that is none', qr/external.validationClock: expected/, sub { $_[0]{external}{validationClock} = '2021-02-30T00:00:00Z' } ],
     [ 'a country that is no text', qr/external.countryCode: expected a text/, sub { $_[0]{external}{countryCode} = 7 } ],
     [ 'a region that is no text', qr/external.region: expected a text/, sub { $_[0]{external}{region} = [] } ],
     [ 'an issuer that is no text', qr/external.issuerCountryCode: expected/, sub { $_[0]{external}{issuerCountryCode} = {} } ]) {
    my ($what, $words, $break) = @$_;
    my $wrong = question('v', \%one);
    $break->($wrong);
    my ($r, $first, $second) = decide("$home/rules", $wrong, question('v', \%one));
    is_deeply([ $r->{status}, $first ], [ 1, { error => JSON::PP::true } ], "$what: exit 1");
    like($r->{err}, $words, "$what: why");
    is($second->{verdict}, 'passed', "$what: and the next line is decided");
}

is_run('no rules there', 3, qr/^$/, qr{/none: No such file}, feed('{}'), qw(rules decide --rules), "$home/none");
is_run('rules that are none', 3, qr/^$/, qr/is neither a rule document nor a value set/, feed('{}'),
    qw(rules decide --rules), put('neither.json', '{"a":1}'));
is_run('no line', 1, qr/^$/, qr/no line/, qw(rules decide --rules), "$home/rules");
like(ctl(feed('{}'), qw(rules decide --rules), "$home/rules")->{err},
    qr/note: .*TR-XX-0001.*EngineVersion.*always open/, 'a rule that is always open is told of');
write_rules('sets.json', { twos => [ '2' ] });
my $twos = write_rules('twos.json', rule('VR-XX-0001', Logic => { in => [ { var => 'payload.v.0.mp' }, { var => 'external.valueSets.twos' } ] }));
is((decide([ $twos, '--value-sets', "$home/sets.json" ], question('v', { mp => '2' })))[1]{verdict}, 'passed', '--value-sets');
is((decide($twos, question('v', { mp => '2' })))[1]{verdict}, 'open', 'and without them');

# ---- list --------------------------------------------------------------------------

sub listed {
    my ($what, $expected, @args) = @_;
    my $r = ctl(qw(rules list --json --rules), "$home/rules", @args);
    my ($all) = lines($r);
    is_deeply([ map { "$_->{identifier} $_->{version}" } @{ $all->{rules} } ], $expected, $what) or diag $r->{err};
    return $all;
}

my @at = (qw(--country XX --at 2021-07-01T00:00:00Z));
my $all = listed('all kinds', [ 'TR-XX-0001 1.0.0', 'VR-XX-0001 1.9.0', 'VR-XX-0002 1.0.0', 'IR-YY-0001 1.0.0' ], @at);
is_deeply($all->{rules}[1], { identifier => 'VR-XX-0001', version => '1.9.0', type => 'Acceptance', country => 'XX', region => '',
    kind => 'v', valid_from => '2021-01-01T00:00:00Z', valid_to => '2029-12-31T22:00:00Z', always_open => JSON::PP::false,
    text => 'The first dose must be there.' }, 'what is said of each');
is($all->{rules}[0]{always_open}, JSON::PP::true, 'and that none can decide by it');
is_deeply([ @$all{qw(country region at)} ], [ 'XX', '', '2021-07-01T00:00:00Z' ], 'for where and when');
listed('one kind', [ 'VR-XX-0001 1.9.0', 'VR-XX-0002 1.0.0', 'IR-YY-0001 1.0.0' ], @at, qw(--type v));
listed('a region', [ 'VR-XX-0003 1.0.0', 'IR-YY-0001 1.0.0' ], @at, qw(--region A1));
listed('later', [ 'VR-XX-0001 1.10.0', 'VR-XX-0002 1.0.0', 'IR-YY-0001 1.0.0' ], qw(--country XX --type v --at 2022-01-01T00:00:00Z));
is(listed('in German', [ 'VR-XX-0001 1.9.0', 'VR-XX-0002 1.0.0', 'IR-YY-0001 1.0.0' ], @at, qw(--type v --lang de-AT))->{rules}[0]{text},
    'Die erste Dosis muss da sein.', 'the text');
is_run('for people', 0, qr/^rule .*\nTR-XX-0001 .*\(always open\) .*\nVR-XX-0001  1\.9\.0    vaccination 2021-01-01T00:00:00Z  2029-12-31T22:00:00Z  The first dose must be there\.\n.*\n.*\(passes of YY\)/,
    qr/note/, qw(rules list --rules), "$home/rules", @at);
is_run('none apply', 1, qr/^$/, qr/no rule applies/, qw(rules list --rules), "$home/rules", qw(--country XX --at 2031-01-01T00:00:00Z));
is_run('nothing there', 3, qr/^$/, qr/No such file/, qw(rules list --country XX --rules), "$home/none");

# ---- check -------------------------------------------------------------------------

my $good = write_rules('good.json', rule('VR-XX-0001'), $sets);
is_run('good', 0, qr/^\S+good\.json: good, rules: 1, value sets: 1$/, qr/^$/, qw(rules check), $good);
is_run('a document by itself', 0, qr/good, rules: 1, value sets: 0/, qr/^$/, qw(rules check),
    put('single.json', $json->encode(rule('GR-XX-0001', Region => 'A1'))));
is_run('one that is always open', 0, qr/^note: .*EngineVersion.*\n.*good, rules: 1/, qr/^$/, qw(rules check),
    write_rules('open.json', rule('VR-XX-0001', EngineVersion => '2.0.0')));

sub faulty {
    my ($member, $expected, %with) = @_;
    my $rule = rule('VR-XX-0001', %with);
    my $r = ctl(qw(rules check), write_rules('faulty.json', rule('GR-XX-0001'), $rule));
    my $id = $rule->{Identifier} =~ /\D|^$/ ? quotemeta " ($rule->{Identifier})" : '';
    is($r->{status}, 1, "$member: exit 1");
    like($r->{out}, qr/^\S+faulty\.json, document 2$id: $member: $expected/m, "$member: $expected") or diag $r->{out};
    return $r->{out};
}

faulty('Identifier', 'expected GR, VR', Identifier => $_)
    for 'VR-xx-0001', 'VR-XX-001', 'VR-XX-00001', 'XR-XX-0001', 'VX-XX-0001', 'VR XX-0001', 7, '';
faulty('Type', 'expected Acceptance or Invalidation', Type => 'BoosterNotification');
faulty('Type', 'expected Invalidation with IR', Type => 'Invalidation');
faulty('Type', 'expected Invalidation with IR', Identifier => 'IR-XX-0001');
faulty('Country', 'expected two capital letters', Country => 'xx');
faulty('Country', 'expected the country of the identifier', Country => 'YY');
faulty('Region', 'expected at most five', Region => $_) for 'a', 'ABCDEF', 'A-B', 7;
faulty('Version', 'expected three numbers', Version => $_) for '1.0', '1.0.0.0', 'v1.0.0', 1;
faulty('SchemaVersion', 'expected three numbers', SchemaVersion => '1');
faulty('EngineVersion', 'expected three numbers', EngineVersion => '');
faulty('Engine', 'expected an engine', Engine => $_) for '', 1;
faulty('CertificateType', 'expected General, Vaccination', CertificateType => 'vaccination');
faulty('CertificateType', 'expected General with GR', CertificateType => 'Test');
faulty('Description', 'expected an array', Description => 'The first dose must be there.');
faulty('Description', 'expected a text in English', Description => [ { lang => 'de', desc => 'Die erste Dosis muss da sein.' } ]);
faulty('Description', 'expected a text in English', Description => []);
faulty('Description', 'expected lang', Description => [ { lang => 'EN', desc => 'The first dose must be there.' } ]);
faulty('Description', 'expected at least 20 characters in desc of en', Description => [ { lang => 'en', desc => 'x' x 19 } ]);
faulty('ValidFrom', 'expected a time', ValidFrom => $_) for '2021-01-01', '2021-01-01T00:00:00', '2021-01-01T00:00:00.5Z', '2021-02-30T00:00:00Z', '2021-01-01 00:00:00Z';
faulty('ValidTo', 'expected at least 72 hours', ValidTo => '2021-01-03T23:59:59Z');
faulty('AffectedFields', 'expected an array of one text', AffectedFields => $_) for [], [ 1 ], 'v.0';
faulty('Logic', 'expected an object', Logic => $_) for JSON::PP::true, [], 'x';
faulty('Logic', '', Logic => { or => [ 1, 2 ] });
faulty('Logik', 'is no member of a rule document', Logik => 1);
faulty('\?\[31m', 'is no member', "\e[31m" => 1);
unlike(ctl(qw(rules check), write_rules('terminal.json', rule('VR-XX-0001', Identifier => "\e[31m")))->{out}, qr/\e/,
    'no terminal obeys a document');
my $many = faulty('Version', 'expected', Version => '1', Region => 'a', Engine => '');
is(scalar(() = $many =~ /document 2/g), 3, 'all faults are told');
for my $member (qw(Identifier Type Country Version SchemaVersion Engine EngineVersion CertificateType Description
    ValidFrom ValidTo AffectedFields Logic)) {
    my $rule = rule('VR-XX-0001');
    delete $rule->{$member};
    like(ctl(qw(rules check), write_rules('less.json', $rule))->{out}, qr/: $member: is missing$/m, "$member: is missing");
}
is_run('at 72 hours', 0, qr/good/, qr/^$/, qw(rules check), write_rules('72.json', rule('VR-XX-0001', ValidTo => '2021-01-04T00:00:00Z')));
is_run('at 20 characters', 0, qr/good/, qr/^$/, qw(rules check),
    write_rules('20.json', rule('VR-XX-0001', Description => [ { lang => 'en-us', desc => "\x{e9}" x 20 } ])));
is_run('no JSON', 1, qr/no\.json: .*line 1/i, qr/^$/, qw(rules check), put('no.json', 'hello'));
is_run('a doubled member', 1, qr/doubled member/, qr/^$/, qw(rules check), put('double.json', '{"Identifier":1,"Identifier":2}'));
is_run('neither rule nor value set', 1, qr/is neither a rule/, qr/^$/, qw(rules check), put('n.json', '[{"a":1}]'));
is_run('a value set without values', 1, qr/valueSetValues: expected/, qr/^$/, qw(rules check), put('v.json', '{"valueSetId":"a"}'));
is_run('not there', 3, qr/good\.json: good/, qr{/none: No such file}, qw(rules check), "$home/none", $good);
put('huge.json', ' ');
truncate "$home/huge.json", (4 << 20) + 1;
is_run('too long', 3, qr/^$/, qr/huge\.json/, qw(rules check), "$home/huge.json");
is_run('the same twice', 0, qr/good.*\n.*good/, qr/^$/, qw(rules check), $good, write_rules('again.json', rule('VR-XX-0001')));
is_run('two that contradict', 1, qr/^(?!.*good$).*\n.*\n.*other\.json.*$/, qr/^$/, qw(rules check), $good,
    write_rules('other.json', rule('VR-XX-0001', Logic => { '!' => [ 1 ] })));

# ---- new ---------------------------------------------------------------------------

my @ok = qw(rules new --country XX --pcr 72h -o);
usage_error(qr/--country XX is missing/, qw(rules new --pcr 72h -o x));
usage_error(qr/--country: expected/, qw(rules new --country xx --pcr 72h -o x));
usage_error(qr/--region: expected/, @ok, 'x', '--region', $_) for 'a', 'ABCDEF';
usage_error(qr/nothing would be accepted/, qw(rules new --country XX --min-age 12 -o x));
usage_error(qr/go with --vaccinated/, @ok, 'x', qw(--dose-age 1d..));
usage_error(qr/go with --vaccinated/, @ok, 'x', qw(--vaccine-list eu));
usage_error(qr/-o FILE is missing/, qw(rules new --country XX --pcr 72h));
usage_error(qr/--pcr: expected/, qw(rules new --country XX -o x --pcr), $_) for '72', '0h', 'h', '72 h', '72hh', '-1h', '10000d', '99999999999999999999h';
usage_error(qr/--rapid: expected/, qw(rules new --country XX -o x --rapid), '24m');
usage_error(qr/--recovered: expected/, qw(rules new --country XX -o x --recovered), $_) for '180d', '11d..', '180d..11d', '11h..180d', '11d.180d', '11d..180', '11d..180dd';
usage_error(qr/--dose-age: expected/, qw(rules new --country XX --vaccinated any -o x --dose-age), $_) for '14d', '..14d', '2d..1d';
usage_error(qr/--vaccine-list: expected/, qw(rules new --country XX --vaccinated any -o x --vaccine-list), $_) for 'a,', 'eu,Mine', 'Mine,eu', 'EU', ',a', 'a,,b', 'a b', "\e", 'x' x 129;
usage_error(qr/--min-age 0: expected a number from 1 to 120/, @ok, 'x', qw(--min-age 0));
usage_error(qr/--to: expected/, @ok, 'x', qw(--from 2021-01-01T00:00:00Z --to 2021-01-03T23:59:59Z));
ok(!-e 'x', 'nothing was made');

my $house = "$home/house.json";
my @valid = qw(--from 2021-01-01T00:00:00Z --to 2025-01-01T00:00:00Z);

sub house {
    my (@options) = @_;
    unlink $house;
    my $r = ctl(qw(rules new --country XX), @valid, @options, '-o', $house);
    is($r->{status}, 0, "rules new @options") or diag $r->{err};
    is(ctl(qw(rules check), $house)->{status}, 0, '... is good');
    return $json->decode(get($house));
}

# Each is [ pass or fail, kind, entry, clock, more of the payload ].
sub tried {
    my ($what, @tries) = @_;
    my @questions = map {
        my ($expected, $kind, $entry, $clock, %more) = @$_;
        my $q = question($kind, { tg => '840539006', %$entry }, $clock ? (validationClock => $clock) : ());
        $q->{payload} = { %{ $q->{payload} }, %more };
        $q;
    } @tries;
    my ($r, @answers) = decide($house, @questions);
    is($r->{status}, 0, "$what: decided") or diag $r->{err};
    is_deeply([ map { $_->{verdict} } @answers ], [ map { $$_[0] } @tries ], "$what: as expected")
        or diag explain \@answers;
    return @answers;
}

my %pcr = (tt => 'LP6464-4', tr => '260415000', sc => '2021-07-01T00:00:00Z');
my %rapid = (%pcr, tt => 'LP217198-3');
my %full = (dn => 2, sd => 2, dt => '2021-06-01', mp => 'EU/1/20/1528');
my %ill = (fr => '2021-01-01');

my $documents = house(qw(--vaccinated complete --pcr 72h --rapid 24h --recovered 11d..180d --min-age 12));
is_deeply([ map { $_->{Identifier} } @$documents ], [ map { s/-/-XX-/r } qw(GR-9001 GR-9002 VR-9001 VR-9003 TR-9001 TR-9004 TR-9005 TR-9006 RR-9001) ],
    'house rules have their own numbers');
for my $rule (@$documents) {
    is_deeply([ map { $_->{lang} } @{ $rule->{Description} } ], [ qw(en fr de es it) ], "$rule->{Identifier}: five languages");
    ok(!(grep { $_->{desc} =~ /\$/ } @{ $rule->{Description} }), "$rule->{Identifier}: with numbers in them");
    is_deeply([ @$rule{qw(ValidFrom ValidTo)} ], [ '2021-01-01T00:00:00Z', '2025-01-01T00:00:00Z' ], "$rule->{Identifier}: when it is valid");
}
tried('doses', [ 'passed', v => \%full ], [ 'failed', v => { %full, dn => 1 } ], [ 'passed', v => { %full, dn => 3 } ],
    [ 'passed', v => { %full, dt => '2021-07-01' } ], [ 'failed', v => { %full, dt => '2021-07-02' } ],
    [ 'failed', v => { %full, tg => '1' } ], [ 'open', v => { %full, dt => '2021-13-01' } ]);
tried('a PCR test', [ 'passed', t => \%pcr, '2021-07-04T00:00:00Z' ], [ 'failed', t => \%pcr, '2021-07-04T00:00:01Z' ],
    [ 'passed', t => \%pcr, '2021-07-01T00:00:00Z' ], [ 'failed', t => \%pcr, '2021-06-30T23:59:59Z' ],
    [ 'failed', t => { %pcr, tr => '260373001' } ], [ 'failed', t => { %pcr, tt => 'LP1' } ], [ 'failed', t => { %pcr, tg => '1' } ]);
tried('a rapid test', [ 'passed', t => \%rapid, '2021-07-02T00:00:00Z' ], [ 'failed', t => \%rapid, '2021-07-02T00:00:01Z' ],
    [ 'failed', t => { %rapid, tr => '260373001' } ]);
tried('a recovery', [ 'failed', r => \%ill, '2021-01-11T23:59:59Z' ], [ 'passed', r => \%ill, '2021-01-12T00:00:00Z' ],
    [ 'passed', r => \%ill, '2021-06-30T23:59:59Z' ], [ 'failed', r => \%ill, '2021-07-01T00:00:00Z' ],
    [ 'failed', r => { %ill, tg => '1' }, '2021-02-01T00:00:00Z' ]);
tried('an age', [ 'passed', v => \%full, undef, dob => '2009-07-01' ], [ 'failed', v => \%full, undef, dob => '2009-07-02' ],
    [ 'passed', v => \%full, undef, dob => '2009-06' ], [ 'failed', v => \%full, undef, dob => '2009-07' ],
    [ 'passed', v => \%full, undef, dob => '2008' ], [ 'failed', v => \%full, undef, dob => '2009' ], [ 'failed', v => \%full, undef, dob => '' ]);

# An heir takes over when it begins, beside what is in force.
usage_error(qr/--version: expected three numbers/, @ok, 'x', '--version', $_) for '1', '1.0', 'v1.0.0', '1.0.0.0', '../1';
mkdir "$home/heirs";
is(ctl(qw(rules new --country XX --pcr 72h), @valid, '-o', "$home/heirs")->{status}, 0, 'rules in force');
is_run('an heir of the same version', 0, qr/made/, qr/^$/, qw(rules new --country XX --pcr 24h), @valid, '-o', "$home/heirs/same.json");
is_run('... is no heir', 3, qr/^$/, qr/not the same rule TR-XX-9005 1\.0\.0/, qw(rules list --country XX --rules), "$home/heirs");
unlink "$home/heirs/same.json";
is_run('an heir', 0, qr{^made \S+/heirs/house-XX-1\.1\.0\.json}, qr/^$/,
    qw(rules new --country XX --pcr 24h --from 2021-08-01T00:00:00Z --to 2026-01-01T00:00:00Z --version 1.1.0 -o), "$home/heirs");
is_run("... at $$_[0]", 0, $$_[1], qr/^$/, qw(rules list --country XX --type t --rules), "$home/heirs", '--at', $$_[0])
    for [ '2021-07-31T23:59:59Z', qr/^TR-XX-9005  1\.0\.0 .*at most 72/m ], [ '2021-08-01T00:00:00Z', qr/^TR-XX-9005  1\.1\.0 .*at most 24/m ];

house(qw(--vaccinated booster --dose-age 14d..270d --vaccine-list eu));
tried('a booster', map { [ $$_[0], v => { %full, dn => $$_[1], sd => $$_[2] } ] }
    [ 'failed', 2, 2 ], [ 'passed', 3, 3 ], [ 'passed', 2, 1 ], [ 'passed', 3, 2 ], [ 'failed', 1, 1 ], [ 'failed', 3, 4 ]);
my %third = (%full, dn => 3, dt => '2021-01-01');
tried('age of the dose', [ 'failed', v => \%third, '2021-01-14T23:59:59Z' ], [ 'passed', v => \%third, '2021-01-15T00:00:00Z' ],
    [ 'passed', v => \%third, '2021-09-28T23:59:59Z' ], [ 'failed', v => \%third, '2021-09-29T00:00:00Z' ]);
tried('products of the EU', (map { [ 'passed', v => { %third, mp => "EU/1/$_" } ] } qw(20/1507 20/1525 20/1528 21/1529 21/1580 21/1618 21/1624)),
    [ 'failed', v => { %third, mp => 'Sputnik-V' } ], [ 'failed', v => { %third, mp => 'EU/1/20/15' } ]);
my ($no) = tried('what is not named', [ 'failed', t => \%pcr ]);
is_deeply([ sort keys %{ $no->{rules} } ], [ 'GR-XX-9001', 'TR-XX-9000' ], 'has a rule that says so');
tried('and', [ 'failed', r => \%ill, '2021-02-01T00:00:00Z' ]);
house(qw(--pcr 3d));
tried('days of a test', [ 'passed', t => \%pcr, '2021-07-04T00:00:00Z' ], [ 'failed', t => \%pcr, '2021-07-04T00:00:01Z' ],
    [ 'failed', t => \%rapid ], [ 'failed', v => \%full ]);
house(qw(--rapid 24h));
tried('rapid only', [ 'passed', t => \%rapid, '2021-07-01T01:00:00Z' ], [ 'failed', t => \%pcr, '2021-07-01T01:00:00Z' ]);
house(qw(--recovered 0d..0d));
tried('one day', map { [ $$_[0], r => { fr => '2021-02-01' }, $$_[1] ] }
    [ 'failed', '2021-01-31T23:59:59Z' ], [ 'passed', '2021-02-01T00:00:00Z' ], [ 'passed', '2021-02-01T23:59:59Z' ], [ 'failed', '2021-02-02T00:00:00Z' ]);
house(qw(--vaccinated any --dose-age 14d.. --vaccine-list), 'Mine,EU/1/20/1528');
tried('any', [ 'passed', v => { %full, dn => 1 } ], [ 'passed', v => { %full, mp => 'Mine' }, '2024-12-31T00:00:00Z' ],
    [ 'failed', v => { %full, mp => 'Yours' } ], [ 'failed', v => { %full, dt => '2021-06-18' } ], [ 'passed', v => { %full, dt => '2021-06-17' } ]);

is_run('a file that is there', 3, qr/^$/, qr/house\.json: File exists \(--replace/, @ok, $house);
my $before = get($house);
is(ctl(@ok, $house, '--replace')->{status}, 0, '--replace');
isnt(get($house), $before, '... and it is another');
is(mode($house), '0644', 'for all to read');
$r = is_run('a folder', 0, qr{^made \Q$home\E/rules/house-XX-A1\.json\nGR-XX-9001  The certificate}, qr/^$/, @ok, "$home/rules", qw(--region A1));
is($json->decode(get("$home/rules/house-XX-A1.json"))->[0]{Region}, 'A1', 'with its region');
is_run('no such folder', 3, qr/^$/, qr/No such file/, @ok, "$home/none/x.json");
my @day = gmtime;
my $today = sprintf '%d-%02d-%02dT00:00:00Z', $day[5] + 1900, $day[4] + 1, $day[3];
is($json->decode(get($house))->[0]{ValidFrom}, $today, 'valid from today on');

# ---- import ------------------------------------------------------------------------

system("openssl ecparam -name prime256v1 -genkey -noout -out $home/backend.key 2>/dev/null"
    . " && openssl ec -in $home/backend.key -pubout -out $home/backend.pub 2>/dev/null") == 0 or die;
system("openssl ecparam -name prime256v1 -genkey -noout -out $home/other.key 2>/dev/null"
    . " && openssl ec -in $home/other.key -pubout -out $home/other.pub 2>/dev/null") == 0 or die;

sub sign {
    my ($body, $key) = @_;
    put('digest', sha256_hex($body));
    return encode_base64(`openssl dgst -sha256 -sign $home/$key.key $home/digest`, '');
}

my $mirror;
my $mirrors = 0;

# A backend's answers: bodies as they are, in the order given, and the lists that speak of them.
sub mirror {
    my ($rules, $sets, %with) = @_;
    $mirror = "$home/mirror" . ++$mirrors;
    mkdir $_ for $mirror, "$mirror/rules", "$mirror/rules/XX", "$mirror/valuesets";
    my @rules = map { my $d = $json->decode($_); my $hash = sha256_hex($_); put("$mirror/rules/XX/$hash", $_);
        { identifier => $d->{Identifier}, version => $d->{Version}, country => $d->{Country}, hash => $hash } } @$rules;
    my @sets = map { my $hash = sha256_hex($_); put("$mirror/valuesets/$hash", $_);
        { id => $json->decode($_)->{valueSetId}, hash => $hash } } @$sets;
    $with{change}->(\@rules, \@sets) if $with{change};
    for ([ 'rules.json', \@rules ], @sets ? [ 'valuesets.json', \@sets ] : ()) {
        my $body = $json->encode($$_[1]);
        put("$mirror/$$_[0]", $body);
        put("$mirror/$$_[0].sig", sign($body, $with{key} || 'backend') . "\n");
    }
    return $mirror;
}

my $out = "$home/imported";
my @pin = ('--pin', "$home/backend.pub");

sub contents { return { map { (m{([^/]+)$})[0] => get($_) } bsd_glob("$out/*") } }

sub not_taken {
    my ($what, $status, $words, @args) = @_;
    my $before = contents();
    is_run($what, $status, qr/^$/, $words, qw(rules import -o), $out, @args);
    is_deeply(contents(), $before, "$what: the folder is what it was");
    is_deeply([ bsd_glob("$home/.*.new") ], [], "$what: nothing is left behind");
}

my @bodies = map { '  ' . $json->encode($_) . "\n" } rule('VR-XX-0001'), rule('GR-XX-0001');
my $set = $json->encode($sets);
mirror(\@bodies, [ $set ]);
not_taken('without a pin', 1, qr/expected --pin/, $mirror);
not_taken('another\'s pin', 1, qr/the signature does not hold/, '--pin', "$home/other.pub", $mirror);
not_taken('a pin that is none', 3, qr/is no pin/, '--pin', put('nopin', 'hello'), $mirror);
not_taken('a pin that is not there', 3, qr/No such file/, '--pin', "$home/none", $mirror);
not_taken('no mirror', 3, qr/No such file/, @pin, "$home/none");
is_run('taken', 0, qr/^made \Q$out\E, rules: 2, value sets: 1$/, qr/^$/, qw(rules import -o), $out, '--pin', "$home/other.pub", @pin, $mirror);
is_deeply(contents(), { map { sha256_hex($_) . '.json' => $_ } @bodies, $set }, 'byte for byte');
is(mode($out), '0755', 'for all to read');
is((decide($out, question('v', { dn => 1 })))[1]{verdict}, 'passed', 'and gates read it');
is_run('again', 0, qr/^made/, qr/^$/, qw(rules import -o), "$out/", @pin, $mirror);
mirror([ $bodies[0] ], []);
is_run('fewer, without value sets', 0, qr/rules: 1, value sets: 0/, qr/^$/, qw(rules import -o), $out, @pin, $mirror);
is_deeply(contents(), { sha256_hex($bodies[0]) . '.json' => $bodies[0] }, 'the folder is replaced as a whole');
rename "$mirror/rules/XX/" . sha256_hex($bodies[0]), "$mirror/" . sha256_hex($bodies[0]) . '.json';
is_run('a flat mirror', 0, qr/rules: 1/, qr/^$/, qw(rules import -o), $out, @pin, $mirror);

unlink "$mirror/rules.json.sig";
not_taken('no signature', 1, qr/rules\.json\.sig.*X-SIGNATURE/, @pin, $mirror);
is_run('--unsigned', 0, qr/rules: 1/, qr/^$/, qw(rules import --unsigned -o), $out, $mirror);
put("$mirror/rules.json.sig", $_), not_taken('a signature that is none', 1, qr/does not hold/, @pin, $mirror)
    for '', '!!', 'AAAA', 'A' x 8192;
mirror(\@bodies, [ $set ]);
put("$mirror/rules.json", get("$mirror/rules.json") . ' ');
not_taken('a list with one blank more', 1, qr/does not hold/, @pin, $mirror);
mirror(\@bodies, [ $set ]);
put("$mirror/valuesets.json.sig", get("$mirror/rules.json.sig"));
not_taken('a list with the other\'s signature', 1, qr/valuesets\.json\.sig: the signature does not hold/, @pin, $mirror);
mirror(\@bodies, [ $set ]);
put("$mirror/rules/XX/" . sha256_hex($bodies[1]), $bodies[1] . ' ');
not_taken('a document with one blank more', 1, qr/its SHA-256 is not that of the list/, @pin, $mirror);
unlink "$mirror/rules/XX/" . sha256_hex($bodies[1]);
not_taken('a document that is missing', 1, qr/is in the list, and not in the mirror/, @pin, $mirror);
for ([ 'another identifier', sub { $_[0][1]{identifier} = 'GR-XX-0002' } ], [ 'another version', sub { $_[0][1]{version} = '2.0.0' } ],
     [ 'another country', sub { $_[0][1]{country} = 'XY' } ], [ 'another set', sub { $_[1][0]{id} = 'other' } ]) {
    mirror(\@bodies, [ $set ], change => $$_[1]);
    mkdir "$mirror/rules/XY";
    link "$mirror/rules/XX/" . sha256_hex($bodies[1]), "$mirror/rules/XY/" . sha256_hex($bodies[1]);
    not_taken($$_[0], 1, qr/is another document than the list says/, @pin, $mirror);
}
for my $hash ('x', uc sha256_hex($bodies[1]), '../' . sha256_hex($bodies[1]), undef, 7) {
    mirror(\@bodies, [ $set ], change => sub { $_[0][1]{hash} = $hash });
    not_taken('a hash like ' . ($hash // 'null'), 1, qr/expected entries with name, country and hash/, @pin, $mirror);
}
mirror(\@bodies, [ $set ], change => sub { $_[0][1]{country} = '..' });
not_taken('a country that is a path', 1, qr/expected entries/, @pin, $mirror);
mirror([], []);
not_taken('an empty list', 1, qr/expected an array of 1 to 4096/, @pin, $mirror);
mirror([ $json->encode(rule('VR-XX-0001', Version => 'x')) ], []);
not_taken('a document that no gate reads', 1, qr/Version: expected/, @pin, $mirror);
mirror([ $bodies[0], $json->encode(rule('VR-XX-0001', Logic => { '!' => [ 1 ] })) ], []);
not_taken('two that contradict', 1, qr/VR-XX-0001|not the same/, @pin, $mirror);
mirror([ $bodies[0], $bodies[0] ], []);
is_run('one that is listed twice', 0, qr/rules: 1/, qr/^$/, qw(rules import -o), $out, @pin, $mirror);
put("$out/mine.json", '{}');
not_taken('a folder with somebody\'s file', 3, qr/mine\.json: was made by no import/, @pin, $mirror);
unlink "$out/mine.json";
mkdir "$home/.imported.new";
put("$home/.imported.new/" . 'a' x 64 . '.json', 'x');
is_run('what a killed run left', 0, qr/rules: 1/, qr/^$/, qw(rules import -o), $out, @pin, $mirror);
ok(!-e "$home/.imported.new", '... is gone');
symlink $out, "$home/link" or die;
is_run('a link in the folder\'s place', 3, qr/^$/, qr/link: is a link, expected the folder itself/, qw(rules import -o), "$home/link", @pin, $mirror);
ok(-l "$home/link" && glob("$out/*.json"), '... which is left alone, and what it leads to');
is_run('a file in the folder\'s place', 3, qr/^$/, qr/Not a directory/, qw(rules import -o), $good, @pin, $mirror);

# ---- explain -----------------------------------------------------------------------

my $issuer = issuer('maker', '--country', 'YY');
my $pass = issue($issuer, '--iat', '2021-06-01T00:00:00Z', '--exp', '2021-12-01T00:00:00Z');
my @explain = ('rules', 'explain', '--rules', "$home/rules", '--country', 'XX');
my @trust = ('--trust', $issuer->{trust});
write_rules('rules/more.json', rule('GR-XX-0007', Logic => { if => [ { and => [ { var => 'payload.v.1' }, { '+' => [ 1, 'x' ] } ] },
    { var => 'payload.t' }, { reduce => [ [ 1, 2 ], { '+' => [ { var => 'current' }, { var => 'accumulator' } ] }, { '+' => [ 0, 0 ] } ] } ] }),
    rule('GR-XX-0008', Logic => { in => [ { var => 'payload.v.0.tg' }, { var => 'external.valueSets.none' } ] }));
usage_error(qr/--show-holder must be said/, @explain, @trust, $pass);
usage_error(qr/--rules DIR is missing/, qw(rules explain --show-holder --country XX), $pass);
usage_error(qr/--country CC is missing/, qw(rules explain --show-holder --rules x), $pass);
usage_error(qr/--country: expected/, qw(rules explain --show-holder --rules x --country xx), $pass);
usage_error(qr/either --policy or --trust/, @explain, @trust, qw(--show-holder --policy p), $pass);
usage_error(qr/expected one PASS/, @explain, @trust, '--show-holder');
usage_error(qr/expected one PASS/, @explain, @trust, '--show-holder', $pass, $pass);
push @explain, '--show-holder', '--at', '2021-07-01T00:00:00Z';
$r = is_run('a pass', 1, qr/^together: failed, by VR-XX-0001$/m, qr/note/, @explain, @trust, $pass);
like($r->{out}, qr/^VR-XX-0001 1\.9\.0: failed: The first dose must be there\.\n  === _ 1 -> false\n    var "payload\.v\.0\.dn" -> 2\n/m,
    'operations, operands and values');
like($r->{out}, qr/^GR-XX-0007 1\.0\.0: open: .*\n  if _ _ _ -> 3\n    and _ _ -> null\n      var "payload\.v\.1" -> null\n    reduce \[1,2\] _ _ -> 3\n      \+ 0 0 -> 0\nGR-XX-0008/m,
    'what was not looked at is left out') or diag $r->{out};
like($r->{out}, qr/^GR-XX-0008 1\.0\.0: open: .*\n  in _ _ -> error\n    var "payload\.v\.0\.tg" -> "840539006"\n    var "external\.valueSets\.none" -> null\n/m,
    'an error is one');
like($r->{out}, qr/^VR-XX-0002 .*\n  in _ _ -> false\n.*\n    var "external\.valueSets\.ones" -> \["1"\]\n/m, 'value sets are those of the folder');
like($r->{out}, qr/^IR-YY-0001 .*: passed/m, 'its issuer\'s rules apply');
like(ctl(@explain, @trust, qw(--lang de), $pass)->{out}, qr/: failed: Die erste Dosis muss da sein\.$/m, '--lang');
is_run('met', 0, qr/^VR-XX-0001 .*: passed: (?:.*\n)+together: passed$/m, qr/^$/, 'rules', 'explain', '--show-holder', '--rules',
    write_rules('two.json', rule('VR-XX-0001', Logic => { '===' => [ { var => 'payload.v.0.dn' }, 2 ] })), qw(--country XX), @trust, $pass);
is_run('open', 1, qr/^  \(its engine.*\n.*open: .*\n.*not well-formed.*\n.*\n  \(its SchemaVersion.*\ntogether: open, by GR-XX-0001$/m, qr/note/,
    'rules', 'explain', '--show-holder', '--rules', write_rules('opens.json', rule('GR-XX-0001', Engine => 'X'),
    rule('GR-XX-0002', Logic => { or => [ 1, 2 ] }), rule('GR-XX-0003', SchemaVersion => 'x')), qw(--country XX), @trust, $pass);
is_run('an invalidation rule accepts nobody', 1, qr/^IR-YY-0001 .*: passed: (?:.*\n)+together: none, for no acceptance rule applies$/m, qr/^$/,
    qw(rules explain --show-holder --country XX --rules), write_rules('fine.json', rule('IR-YY-0001', Logic => { if => [ \1, \1, \0 ] })),
    @explain[-2, -1], @trust, $pass);
is_run('none', 1, qr/^together: none/m, qr/^$/, 'rules', 'explain', '--show-holder', '--rules', $twos, qw(--country ZZ), @trust, $pass);
is_run('a forged pass', 1, qr/^$/, qr/is not shown to be genuine: signature/, @explain, @trust, issue($issuer, '--forge'));
is_run('a stranger\'s pass', 1, qr/^$/, qr/is not shown to be genuine: signer-unknown/, @explain, @trust, issue(issuer('stranger')));
is_run('no pass', 1, qr/^$/, qr/is not shown to be genuine/, @explain, @trust, put('nothing', 'hello'));
is_run('a text that is too long', 1, qr/^$/, qr/too-long/, @explain, @trust, put('long', 'x' x 170_000));
is_run('a file that is not there', 3, qr/^$/, qr/No such file/, @explain, @trust, "$home/none");
is_run('trust that is not there', 3, qr/^$/, qr/No such file/, @explain, '--trust', "$home/none", $pass);
is_run('a policy that is not there', 3, qr/^$/, qr/No such file/, @explain, '--policy', "$home/none", $pass);
my $policy = put('policy.conf', qq(trust = "$issuer->{trust}";\nrules = "minimal";\n));
chmod 0644, $policy;
is_run('by a policy', 1, qr/^together: failed, by VR-XX-0001$/m, qr/note/, @explain, '--policy', $policy, $pass);

# ---- published vectors ---------------------------------------------------------------

SKIP: {
    my $data = $ENV{HEALTHPASS_TESTDATA} or skip 'HEALTHPASS_TESTDATA is not set', 1;
    my $full = $json->decode(get("$data/rules/valuesets/full.json"));
    my @decisions = map { $json->decode($_) } split /\n/, get("$data/rules/decisions.jsonl");
    for (@decisions) {
        $_->{external}{valueSets} = $full if ($_->{external}{valueSets} // '') eq '@full';
    }
    my (undef, @answers) = decide("$data/rules/gateway-2023", @decisions);
    my @agree = grep { $json->encode([ @{ $decisions[$_] }{qw(rules verdict)} ]) eq $json->encode([ @{ $answers[$_] }{qw(rules verdict)} ]) } 0 .. $#decisions;
    is(scalar @agree, scalar @decisions, 'decisions.jsonl: ' . @decisions . ' decisions');
    delete $_->{external}{valueSets} for @decisions;
    (undef, my @again) = decide([ "$data/rules/gateway-2023", '--value-sets', "$data/rules/valuesets/full.json" ], @decisions);
    is_deeply(\@again, \@answers, 'and the same with value sets of the folder');

    my @random = map { $json->decode($_) } split /\n/, get("$data/certlogic/random-dev.jsonl");
    my @values = lines(ctl(qw(rules eval), "$data/certlogic/random-dev.jsonl"));
    @agree = grep { $json->encode($random[$_]{error} ? { error => JSON::PP::true } : { value => $random[$_]{value} }) eq $json->encode($values[$_]) } 0 .. $#random;
    is(scalar @agree, scalar @random, 'random-dev.jsonl: ' . @random . ' expressions');

    my (@lines, @expected);
    for my $suite (map { $json->decode(get($_)) } bsd_glob("$data/certlogic/testSuite/*.json")) {
        for my $case (@{ $suite->{cases} }) {
            for my $a (@{ $case->{assertions} }) {
                next if grep { ($_->{directive} // '') eq 'skip' } $suite, $case, $a;
                my $expr = exists $a->{certLogicExpression} ? $a->{certLogicExpression} : $case->{certLogicExpression};
                push @lines, $json->encode({ expr => $expr, data => $a->{data} });
                push @expected, $json->encode({ value => $a->{expected} });
            }
        }
    }
    @values = map { $json->encode($_) } lines(ctl(feed(@lines), qw(rules eval)));
    is_deeply(\@values, \@expected, 'testSuite: ' . @lines . ' assertions');

    for my $case (map { @{ $json->decode(get($_))->{cases} } } bsd_glob("$data/certlogic/validation-testSuite/*.json")) {
        my $r = ctl(feed($json->encode({ expr => $case->{certLogicExpression}, data => {} })), qw(rules eval));
        is($r->{err} =~ /not well-formed/ ? 1 : 0, @{ $case->{issues} } ? 1 : 0, 'validation: ' . $json->encode($case->{certLogicExpression}));
    }

    my ($n, $same) = (0, 0);
    my $vs = $json->decode(get("$data/rules/valuesets/vs-a.json"));
    for my $folder (bsd_glob("$data/rules/testdata/*/*")) {
        my $rule = $json->decode(get("$folder/rule.json"));
        my @tests = @{ $json->decode(get("$folder/tests.json")) };
        for (@tests) {
            $_->{external}{valueSets} = $vs if ($_->{external}{valueSets} // '') eq '@vs-a';
        }
        my @said = lines(ctl(feed(map { my $t = $_; $json->encode({ expr => $rule->{Logic},
            data => { external => $t->{external}, exists $t->{payload} ? (payload => $t->{payload}) : () } }) } @tests), qw(rules eval)));
        $n += @tests;
        $same += grep { $json->encode($said[$_]) eq $json->encode({ value => $tests[$_]{expected} }) } 0 .. $#tests;
    }
    is($same, $n, "tests of published rules: $n");
}

done_testing;
