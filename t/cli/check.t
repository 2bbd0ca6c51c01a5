# healthpassctl check: exit codes, JSON members, what it takes for a pass.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use POSIX 'strftime';
use Test::More;

my $issuer = issuer('i', '--country', 'AT');
my @trust = ('--trust', $issuer->{trust});
my $binary = $ENV{HEALTHPASSCTL} || 'build/healthpassctl';
my ($good, $old, $forged) = (issue($issuer), issue($issuer, '--exp', '2021-09-01T00:00:00Z'),
                             issue($issuer, '--forge'));
chomp(my ($good_text, $old_text, $forged_text) = map { get($_) } $good, $old, $forged);

# ---- members ------------------------------------------------------------------

my ($status, $a) = check(@trust, $good);
is($status, 0, 'all accepted: exit 0');
my $text = ctl('check', '--json', @trust, $good)->{out};
like($text, qr/^\{"accept":true,"reason":"ok","id":2,"stage":null,"format":"hc1","kind":"v",
               "issuer":"AT","kid":"$issuer->{kid}","valid_until":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
               "pass_id":"[0-9a-f]{32}"\}\n\z/x, 'the members of an accepted pass');
is(ctl('check', '--json', @trust, $forged)->{out},
   qq({"accept":false,"reason":"signature","id":40,"stage":"signature","format":"hc1",)
   . qq("kid":"$issuer->{kid}"}\n), 'of a forged one: nothing that it says');
is(ctl('check', '--json', @trust, put('x', 'hello'))->{out},
   qq({"accept":false,"reason":"unknown-kind","id":20,"stage":"format"}\n), 'of something else');

# ---- exit codes -----------------------------------------------------------------

($status) = check(@trust, $good, $old);
is($status, 1, 'some refused: exit 1');
my @answers;
($status, @answers) = check(@trust, $good, folder() . '/none', $old, folder(), $forged);
is($status, 3, 'a file that cannot be read: exit 3');
is_deeply([ map { $_->{reason} } @answers ], [ qw(ok fault expired fault signature) ],
          'and the others are judged, in order');
is($answers[1]{accept}, undef, 'a fault is neither yes nor no');
my $r = ctl('check', @trust, $good, folder() . '/none');
like($r->{err}, qr{/none: No such file or directory}, 'which one is said');
like(ctl('check', @trust, folder())->{err}, qr/Is a directory/, 'and why');

mkdir folder() . '/empty';
judged('no trusted key', 'trust-missing', 'fault', '--trust', folder() . '/empty', $good);
judged('as of 1970: no clock is asked', 'not-yet-valid', 'validity', @trust, '--at', '1970-01-02T00:00:00Z', $good);
for my $case (['--trust', folder() . '/none'], ['--policy', folder() . '/none']) {
    $r = ctl('check', '--json', @$case, $good);
    is($r->{status}, 3, "$case->[0] that is not there: exit 3");
    like($r->{err}, qr{/none}, 'and which');
    is($r->{out}, '', 'no answer');
}
SKIP: {
    skip '/etc/healthpass is in use here', 1 if -e '/etc/healthpass/policy.conf';
    like(ctl('check', $good)->{err}, qr{/etc/healthpass/policy\.conf}, 'the policy by default');
}
if (-e '/dev/full') {
    system("$binary check --json --trust $issuer->{trust} $good >/dev/full 2>/dev/null");
    is($? >> 8, 3, 'an answer that cannot be written: exit 3');
}

# ---- what is taken for a pass ------------------------------------------------------

judged("a file with $_->[0]", 'ok', undef, @trust, put('pass', $good_text . $_->[1]))
    for ['no line end', ''], ['LF', "\n"], ['CRLF', "\r\n"], ['blanks around', " \t\n"];
judged('a file with two lines', 'encoding', 'encoding', @trust,
       put('pass', "$good_text\n$good_text\n"));
judged('an empty file', 'no-pass', 'format', @trust, put('pass', ''));
judged('a line end alone', 'no-pass', 'format', @trust, put('pass', "\r\n"));
judged('zero bytes', 'unknown-kind', 'format', @trust, put('pass', "\0" x 100));
judged('a zero byte inside', 'encoding', 'encoding', @trust, put('pass', "$good_text\0$good_text"));
judged("$_ characters", $_ > 4296 ? 'too-long' : 'encoding', $_ > 4296 ? 'format' : 'encoding',
       @trust, put('pass', 'HC1:' . '=' x ($_ - 4))) for 4296, 4297, 262143, 262144, 262145;
judged('10 MB', 'too-long', 'format', @trust, put('pass', 'A' x 10_000_000));
judged('a file whose name begins with a dash', 'ok', undef, @trust, '--', $good);

my $input = "$good_text\r\n\n$old_text\n" . 'B' x 300_000 . "\n$forged_text\n$good_text";
$r = ctl(\$input, 'check', '--json', @trust);
is($r->{status}, 1, 'passes by line');
is_deeply([ $r->{out} =~ /"reason":"([^"]+)"/g ],
          [ qw(ok no-pass expired too-long signature ok) ], 'in order, each judged');
$r = ctl(\$input, 'check', @trust);
is_deeply([ $r->{out} =~ /^line (\d): (accepted|refused, [a-z-]+)/mg ],
          [ 1, 'accepted', 2, 'refused, no-pass', 3, 'refused, expired', 4, 'refused, too-long',
            5, 'refused, signature', 6, 'accepted' ], 'the same in words');
my $many = "$good_text\n" x 200;
$r = ctl(\$many, 'check', '--json', @trust);
is(scalar(() = $r->{out} =~ /"accept":true/g), 200, 'two hundred lines');
is($r->{status}, 0, 'all accepted');
$r = ctl('check', '--json', @trust);
is($r->{status}, 1, 'nothing on standard input is nothing accepted');
like($r->{err}, qr/no pass on standard input/, 'and that is said');

# An endless line ends the run: neither it nor what follows it could be told apart.
for my $case ([ 'ends in time', '', 'too-long', 1 ], [ 'does not', 'B', 'fault', 3 ]) {
    my ($what, $more, $reason, $exit) = @$case;
    my $line = "$good_text\n" . 'B' x ((16 << 20) - 1) . "$more\n$good_text\n";
    $r = ctl(\$line, 'check', '--json', @trust);
    is_deeply([ $r->{status}, $r->{out} =~ /"reason":"([^"]+)"/g ],
              [ $exit, 'ok', $reason, $more ? () : 'ok' ], "a line of 16 MiB that $what");
    like($r->{err}, $more ? qr/^healthpassctl check: line 2: has no end within 16 MiB/ : qr/^\z/,
         'and that is said');
}
is(system("timeout 60 $binary check @trust </dev/zero >/dev/null 2>&1") >> 8, 3,
   'nor does /dev/zero hold anybody up');
judged('/dev/zero as a file', 'too-long', 'format', @trust, '/dev/zero');
is(qx(/bin/bash -c '$binary check --json @trust <(cat $good)') =~ /"reason":"(\w+)"/ && $1, 'ok',
   'a pipe as a file');

# ---- trust ------------------------------------------------------------------------

my $der = folder() . '/issuer.der';
my $spki = folder() . "/$issuer->{kid}.pub";
system("openssl x509 -in $issuer->{cert} -outform DER -out $der");
system("openssl x509 -in $issuer->{cert} -noout -pubkey >$spki");
judged('--trust of a PEM certificate', 'ok', undef, '--trust', $issuer->{cert}, $good);
judged('of a DER certificate', 'ok', undef, '--trust', $der, $good);
judged('of a public key', 'ok', undef, '--trust', $spki, $good);
chmod 0666, $der;
judged('of any mode', 'ok', undef, '--trust', $der, $good);
if ($> == 0) {
    chown 65534, 65534, $der;
    judged('of anybody', 'ok', undef, '--trust', $der, $good);
}
my $other = issuer('other');
my $theirs = issue($other);
judged('one of two', 'ok', undef, @trust, '--trust', $other->{cert}, $_) for $good, $theirs;
judged('not the other', 'signer-unknown', 'issuer', @trust, $theirs);
judged('authentic-only', 'ok', undef, @trust, issue($issuer, '--preset', 'test-positive'));

# ---- policy ------------------------------------------------------------------------

ctl('init', '--dir', folder() . '/p');
my $policy = folder() . '/p/policy.conf';
put("${\folder()}/p/trust.d/issuer.pem", get($issuer->{cert}));
judged('--policy', 'ok', undef, '--policy', $policy, $good);
my $positive = issue($issuer, '--preset', 'test-positive');
my $rule = judged('minimal', 'rule-failed', 'rules', '--policy', $policy, $positive);
is_deeply($rule->{rules}, { 'HP-TEST-NEGATIVE' => 'failed' }, 'which rule failed is said');
$rule = judged('a negative test', 'ok', undef, '--policy', $policy,
    issue($issuer, '--preset', 'adult-test'));
is_deeply($rule->{rules}, { 'HP-TEST-NEGATIVE' => 'passed' }, 'which rule passed is said');

# Rule documents: all that were asked, and of the one that refused what it says.
ctl('rules', 'new', '--country', 'AT', '--vaccinated', 'complete', '--pcr', '72h', '-o', folder() . '/house.json');
my $law = put('law.conf', qq(trust = "${\folder()}/p/trust.d";\nrules = "${\folder()}/house.json";\ncountry = "AT";\n));
$rule = judged('house rules', 'ok', undef, '--policy', $law, $good);
is_deeply($rule->{rules}, { map { $_ => 'passed' } qw(GR-AT-9001 VR-AT-9001 VR-AT-9003) }, 'what each of them says');
$rule = judged('a positive test', 'rule-failed', 'rules', '--policy', $law, $positive);
is($rule->{rules}{'TR-AT-9001'}, 'failed', '... is refused by one');
is($rule->{rules}{'GR-AT-9001'}, 'passed', '... and not by others');
like(ctl('check', '--policy', $law, $positive)->{out},
     qr/, rule TR-AT-9001 failed \(The result of the test must be negative\.\)$/m, 'in words: which, and its text');
like(ctl('check', '--policy', $law, $good)->{out}, qr/: accepted, .*, rule VR-AT-9003 passed$/m, '... only of a refusal');
my $lacks = put('open.json', get(folder() . '/house.json') =~ s/payload\.v\.0\.sd/payload.v.0.none/r);
my $open = put('open.conf', qq(trust = "${\folder()}/p/trust.d";\nrules = "$lacks";\ncountry = "AT";\nrules_open = "allow";\n));
$rule = judged('open, and allowed', 'ok', undef, '--policy', $open, $good);
is($rule->{rules}{'VR-AT-9001'}, 'open', '... says so');
$rule = judged('after all of them ended', 'rule-none', 'rules', '--policy', $law, '--visit', '2100-01-01T00:00:00Z', $good);
is($rule->{rules}, undef, '... there are none');
$rule = judged('a test of yesterday, in three days', 'later', 'rules', '--policy', $law, '--visit',
    strftime('%Y-%m-%dT%H:%M:%SZ', gmtime time + 3 * 86400), issue($issuer, '--preset', 'adult-test'));
is($rule->{rules}{'TR-AT-9005'}, 'failed', '... as of the visit');
my $odd = issue($issuer, '--payload', put('dcc.json',
    '{"ver":"1.3.0","nam":{"fnt":"EXAMPLE"},"dob":"1978-01-26T00:00:00","r":[{"tg":"840539006",'
    . '"fr":"2021-05-01","df":"2021-05-11","du":"2021-10-28","co":"XX","is":"Example",'
    . '"ci":"URN:UVCI:01:XX:TEST"}]}'));
judged('tolerant by its schema', 'ok', undef, '--policy', $policy, $odd);
judged('--strict overrides it', 'content', 'content', '--policy', $policy, '--strict', $odd);

# A set in place of the policy's.
mkdir folder() . "/$_" for qw(sets sets/staff sets/visitors);
ctl('rules', 'new', '--country', 'AT', '--vaccinated', 'any', '-o', folder() . '/sets/staff/r.json');
ctl('rules', 'new', '--country', 'AT', '--pcr', '72h', '-o', folder() . '/sets/visitors/r.json');
my $sets = put('sets.conf', qq(trust = "${\folder()}/p/trust.d";\nrules = "${\folder()}/sets";\ncountry = "AT";\nrules_set = "visitors";\n));
judged("the policy's set", 'rule-failed', 'rules', '--policy', $sets, $good);
judged('--rules-set staff', 'ok', undef, '--policy', $sets, '--rules-set', 'staff', $good);
judged('--rules-set visitors', 'rule-failed', 'rules', '--policy', $sets, '--rules-set=visitors', $good);
for ([ $sets, 'nobody', qr/sets\.conf: rules: none of the folders in rules holds a folder nobody/ ],
    [ $sets, '../sets', qr/the set of rules "\.\.\/sets": expected the name of a folder/ ],
    [ $sets, '.', qr/expected the name of a folder/ ], [ $sets, 'x' x 65, qr/expected the name of a folder/ ],
    [ $policy, 'staff', qr/rules: names no rule documents, and so there is no set staff in them/ ]) {
    my ($file, $set, $why) = @$_;
    $r = ctl('check', '--policy', $file, '--rules-set', $set, $good);
    is_deeply([ @$r{qw(status out)} ], [ 3, '' ], "--rules-set $set: exit 3");
    like($r->{err}, $why, '... and why');
}
usage_error(qr/--rules-set goes with a policy/, 'check', @trust, '--rules-set', 'staff', $good);

# The legal basis, as of the time asked for.
my $basis = put('ends.conf', get($policy) . qq(ends = "2026-11-30";\nweb = { ends_answer = "off"; };\n));
my $soon = issuer('soon', '--from', '2026-01-01T00:00:00Z', '--to', '2027-01-01T00:00:00Z');
put("${\folder()}/p/trust.d/soon.pem", get($soon->{cert}));
my $then = issue($soon, '--iat', '2026-11-01T00:00:00Z', '--exp', '2026-12-30T00:00:00Z');
my @ends = ('--policy', $basis, '--at');
judged('the last second', 'ok', undef, @ends, '2026-11-30T23:59:59Z', $then);
judged('the next one', 'ended', 'rules', @ends, '2026-12-01T00:00:00Z', $then);
judged('a door that does not ask', 'ok', undef, @ends, '2026-12-01T00:00:00Z', '--door', 'web', $then);
like(ctl('check', @ends, '2026-12-01T00:00:00Z', '--door', 'web', $then)->{err},
    qr/warning: the legal basis ended at 2026-12-01T00:00:00Z: nobody is asked for a pass/, '... is told');
like(ctl('check', @ends, '2026-11-20T00:00:00Z', $then)->{err}, qr/warning: the legal basis ends at 2026-12-01/, 'and ahead');
unlike(ctl('check', @ends, '2026-11-16T23:59:59Z', $then)->{err}, qr/legal basis/, '14 days ahead');

# Each door has its own group, and none of them applies by itself.
(my $text_of = get($policy)) =~ s/^rules = .*\n//m;
my $both = put('both.conf', qq($text_of\nrules = "minimal";\nweb = { rules = "authentic-only"; };\n));
judged('no --door: keys outside groups', 'rule-failed', 'rules', '--policy', $both, $positive);
judged('--door web: its group', 'ok', undef, '--policy', $both, '--door', 'web', $positive);
judged('--door pam: not that of the other', 'rule-failed', 'rules', '--policy', $both, '--door=pam',
       $positive);
my $web = put('web.conf', qq($text_of\nweb = { rules = "minimal"; };\n));
judged('rules in web{} alone', 'ok', undef, '--policy', $web, '--door', 'web', $good);
for my $door ([], [ '--door', 'pam' ]) {
    $r = ctl('check', '--policy', $web, @$door, $good);
    is($r->{status}, 3, "of which nothing is left for: @$door");
    like($r->{err}, qr/rules: is missing/, 'and that is said');
}
like(ctl('check', '--help')->{out}, qr/--door: without it, the policy's groups web\s+and pam are left out/,
     'the help says what applies without');
put($policy, get($policy) . "frobnicate = 1;\n");
$r = ctl('check', '--policy', $policy, $good);
is($r->{status}, 3, 'a policy that is wrong: exit 3');
like($r->{err}, qr/\Q$policy\E:\d+: frobnicate/, 'with file, line and key');

# ---- time ---------------------------------------------------------------------------

my $long = issuer('long', '--from', '2021-01-01T00:00:00Z', '--to', '2199-01-01T00:00:00Z');
my $timed = issue($long, '--iat', '2099-03-01T10:00:00Z', '--exp', '2099-03-01T12:00:00Z');
my @at = ('--trust', $long->{trust}, '--at');
judged("--at $_", 'ok', undef, @at, $_, $timed)
    for '2099-03-01T10:00:00Z', '2099-03-01T10:00:00.000000000Z', '2099-03-01T12:00:00+02:00',
        '2099-03-01T05:30:00-06:30', '2099-03-01t10:00:00z', '2099-03-01t12:00:00+02:00';
judged("--at $_", 'expired', 'validity', @at, $_, $timed)
    for '2099-03-01T12:00:00.5Z', '2099-03-01T12:00:01-00:30';
judged("--visit $_", 'ok', undef, @at, '2099-03-01T11:00:00Z', '--visit', $_, $timed)
    for '2099-03-01T11:00:00Z', '2099-03-01t11:00:00z', '2099-03-01T12:00:00Z';
judged('a pass that ends before the visit', 'later', 'rules', @at, '2099-03-01T11:00:00Z', '--visit',
    '2099-03-01T12:00:01Z', $timed);
my $lasting = put('lasting.conf', qq(trust = "$long->{trust}";\nrules = "${\folder()}/house.json";\ncountry = "AT";\n)
    . qq(clock_skew = "1m";\n));
ctl('rules', 'new', '--country', 'AT', '--vaccinated', 'complete', '--from', '2099-01-01T00:00:00Z', '-o',
    folder() . '/house.json', '--replace');
my @by_rules = ('--policy', $lasting, '--at', '2099-03-01T11:00:00Z', '--visit');
judged('by rules too, but for clock_skew', 'ok', undef, @by_rules, '2099-03-01T12:01:00Z', $timed);
$rule = judged('by rules too', 'later', 'rules', @by_rules, '2099-03-01T12:01:01Z', $timed);
is_deeply($rule->{rules}, { map { $_ => 'passed' } qw(GR-AT-9001 VR-AT-9001 VR-AT-9003) }, '... which are all met');
unlike(ctl('check', @by_rules, '2099-03-01T12:01:01Z', $timed)->{out}, qr/, rule /, '... and in words none is named');
put('lasting.conf', get($lasting) . qq(rules_later = "accept";\n));
judged('where that is accepted', 'ok', undef, @by_rules, '2099-03-01T12:01:01Z', $timed);

# ---- who it is -------------------------------------------------------------------------

my $holder = qr/"Test|TEST|alex|1\d{3}-|holder/i;
my @named = ($good, $old, $forged);
unlike(ctl('check', @trust, @$_, @named)->{out}, $holder, "nothing personal: check @$_")
    for [], ['--json'], ['--strict'];
(undef, @answers) = check(@trust, '--show-holder', @named);
is_deeply([ map { exists $_->{holder} ? 1 : 0 } @answers ], [ 1, 1, 0 ],
          '--show-holder shows whose the genuine ones are');
is_deeply([ @{ $answers[0]{holder} }{qw(family given family_mrz given_mrz)} ],
          [ qw(Test Alex TEST ALEX) ], 'the names');
like($answers[0]{holder}{birth}, qr/^\d{4}-\d\d-\d\d\z/, 'the birth date');
$r = ctl('check', @trust, '--show-holder', @named);
like($r->{out}, qr{, holder Test / Alex, born \d{4}-\d\d-\d\d$}m, 'in words');
is(scalar(() = $r->{out} =~ /holder/g), 2, 'of the genuine ones only');

# A name may hold anything: nothing of it reaches a terminal as a command.
my $evil = issue($issuer, '--payload', put('dcc.json',
    '{"ver":"1.3.0","nam":{"fn":"Ex\u001b]0;x\u0007\u009b31m\u202e\n","gn":"Zo\u00eb",'
    . '"fnt":"EX"},"dob":"1978","r":[{"tg":"840539006","fr":"2021-05-01","df":"2021-05-11",'
    . '"du":"2021-10-28","co":"XX","is":"Example","ci":"URN:UVCI:01:XX:TEST"}]}'));
$r = ctl('check', @trust, '--show-holder', $evil);
like($r->{out}, qr{, holder Ex\?\]0;x\?\?31m\??\?? / Zo\xc3\xab, born 1978\n\z}, 'no controls in words');
$r = ctl('check', '--json', @trust, '--show-holder', $evil);
unlike($r->{out}, qr/[^\x20-\x7e\n]/, 'nor in JSON');
like($r->{out}, qr/"birth":"1978"/, 'a birth date as far as it is known');
my $name = folder() . "/a\e[31mb";
put($name, $good_text);
unlike(ctl('check', @trust, $name)->{out}, qr/\e/, 'nor of a file name');
$name = folder() . "/\e]0;x\a\xc2\x9b2J\xe2\x80\xaeZo\xc3\xab";    # OSC, CSI, right to left
for my $args ([ 'check', @trust, $name ], [ 'check', '--trust', $name ], [ 'check', '--policy', $name ],
              [ 'check', '--at', $name ], [ 'check', "--\e[2J" ], [ "\e[2J" ], [ 'init', '--dir', "$name/x" ],
              [ 'init', '--group', $name ], [ 'init', $name ], [ 'keygen', '-o', "$name/x" ],
              [ 'keygen', '-o', $name ], [ 'init', '--dir', $name ],
              [ 'issue', '--key', $name, '--cert', 'x', '--preset', 'child' ],
              [ 'issue', '--key', $issuer->{key}, '--cert', $name, '--preset', 'child' ],
              [ 'issue', '--key', $issuer->{key}, '--cert', $issuer->{cert}, '--payload', $name ],
              [ 'issue', '--key', $issuer->{key}, '--cert', $issuer->{cert}, '--preset', 'child', '-o', "$name/no/x" ],
              [ 'issue', '--key', $issuer->{key}, '--cert', $issuer->{cert}, '--preset', 'child', '--png', "$name/no/x" ]) {
    $r = ctl(@$args);
    unlike($r->{out} . $r->{err}, qr/[\e\a]|\xc2\x9b|\xe2\x80\xae/, "nor of an argument: $$args[0] $#$args");
    like($r->{err}, qr/Zo\xc3\xab/, 'which is told as it is written') if $r->{err} =~ /Zo/;
}
like(ctl('check', @trust, folder() . "/\x9b\xff2J")->{err}, qr{/\?\?2J: No such}, 'nor of bytes that are no text');
my $iss = issue($issuer, '--iss', "A\e");
unlike(ctl('check', @trust, $iss)->{out}, qr/\e/, 'nor of an issuer');

done_testing();
