# healthpassctl issue: what it writes is judged by healthpassctl check.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use Test::More;

my $issuer = issuer('i', '--usage', 'vtr', '--country', 'AT');
my $rsa = issuer('rsa', '--alg', 'PS256');
my @trust = ('--trust', $issuer->{trust});

my $text = get(issue($issuer));
like($text, qr{^HC1:6BF|^HC1:NCF}, 'a context identifier and a zlib stream');
like($text, qr{^[0-9A-Z \$%*+\-./:]+\n\z}, 'in Base45, one line');
my $r = ctl('issue', '--key', $issuer->{key}, '--cert', $issuer->{cert}, '--preset', 'child');
like($r->{out}, qr/^HC1:[^\n]+\n\z/, 'standard output unless there is -o');

# ---- presets ----------------------------------------------------------------

my %kind = ('adult-full' => 'v', 'adult-test' => 't', 'test-old' => 't', 'test-positive' => 't',
            recovered => 'r', child => 't');
for my $preset (sort keys %kind) {
    for my $strict ([], ['--strict']) {
        my $a = judged("$preset @$strict", 'ok', undef, @trust, @$strict,
                       issue($issuer, '--preset', $preset));
        is_deeply([ @$a{qw(format kind issuer kid)} ], [ 'hc1', $kind{$preset}, 'AT', $issuer->{kid} ],
                  'says what it is');
    }
}
judged('empty', 'content', 'content', @trust, issue($issuer, '--preset', 'empty'));
isnt(judged('one', 'ok', undef, @trust, issue($issuer))->{pass_id},
     judged('two', 'ok', undef, @trust, issue($issuer))->{pass_id}, 'each pass is its own');

# ---- times ------------------------------------------------------------------

my @at = (@trust, '--at');
my @times = ('--iat', '2099-03-01T10:00:00Z', '--exp', '2099-04-01T12:00:00+02:00');
my $long = issuer('long', '--from', '2021-01-01T00:00:00Z', '--to', '2199-01-01T00:00:00Z');
my @long = ('--trust', $long->{trust}, '--at');
my $timed = issue($long, @times);
is(judged('within its time', 'ok', undef, @long, '2099-03-15T00:00:00Z', $timed)->{valid_until},
   '2099-04-01T10:00:00Z', 'valid_until in UTC');
judged('at its first second', 'ok', undef, @long, '2099-03-01T10:00:00Z', $timed);
judged('before it', 'not-yet-valid', 'validity', @long, '2099-03-01T09:59:59.999Z', $timed);
judged('at its last second', 'ok', undef, @long, '2099-04-01T10:00:00Z', $timed);
judged('after it', 'expired', 'validity', @long, '2099-04-01T10:00:00.001Z', $timed);
for my $form (['--float-times'], ['--no-iat'], ['--iat', '2099-03-01T10:00:00.25Z']) {
    my @rest = grep { $form->[0] ne '--iat' || !/iat|03-01/ } @times;
    judged("@$form", 'ok', undef, @long, '2099-03-15T00:00:00Z', issue($long, @rest, @$form));
    judged("@$form", 'expired', 'validity', @long, '2099-04-02T00:00:00Z',
           issue($long, @rest, @$form));
}
judged('an end in the past', 'expired', 'validity', @trust,
       issue($issuer, '--exp', '2021-09-01T00:00:00Z'));
judged('a beginning to come', 'not-yet-valid', 'validity', @trust,
       issue($issuer, '--iat', '2099-01-01T00:00:00Z'));
my $ended = issuer('ended', '--from', '2021-01-01T00:00:00Z', '--to', '2022-01-01T00:00:00Z');
judged('a signer that ended', 'signer-expired', 'signer', '--trust', $ended->{trust}, issue($ended));

# ---- forms ------------------------------------------------------------------

for my $who ($issuer, $rsa) {
    my @who = ('--trust', $who->{trust});
    my $what = $who == $rsa ? 'PS256' : 'ES256';
    judged("$what, @$_", 'ok', undef, @who, issue($who, @$_))
        for ['--tag', '18'], ['--tag', 'none'], ['--tag', '61'], ['--tag', '61+18'],
            ['--kid-in', 'protected'], ['--kid-in', 'unprotected'], ['--kid-in', 'both'],
            ['--alg-in', 'unprotected'], ['--alg-in', 'both'],
            ['--alg-in', 'unprotected', '--kid-in', 'unprotected'],
            ['--level', 0], ['--level', 1], ['--level', 6], ['--level', 9], ['--pad', 1093];
    judged("$what, forged", 'signature', 'signature', @who, issue($who, '--forge'));
    judged("$what, another's key", 'signature', 'signature', @who,
           issue(issuer("thief-$what", $who == $rsa ? ('--alg', 'PS256') : ()),
                 '--cert', $who->{cert}));
    judged("$what, the key of the other kind", 'signature', 'signature', @who,
           issue($who == $rsa ? $issuer : $rsa, '--cert', $who->{cert}));
    judged("$what, no algorithm", 'signature', 'signature', @who,
           issue($who, '--alg-in', 'none'));
}
judged('no key id', 'signer-unknown', 'issuer', @trust, issue($issuer, '--kid-in', 'none'));
my $unknown = judged('another key id', 'signer-unknown', 'issuer', @trust,
                     issue($issuer, '--kid', '00112233445566Ff'));
is($unknown->{kid}, '00112233445566ff', 'which is shown');
judged("somebody else's pass", 'signer-unknown', 'issuer', @trust, issue($rsa));
is(judged('--iss', 'ok', undef, @trust, issue($issuer, '--iss', 'FR'))->{issuer}, 'FR',
   'is the issuer that is shown');
my $testers = issuer('testers', '--usage', 't');
my @testers = ('--trust', $testers->{trust});
judged('tests only, a test', 'ok', undef, @testers, issue($testers, '--preset', 'child'));
judged('tests only, a vaccination', 'signer-usage', 'signer', @testers, issue($testers));

# ---- payloads ---------------------------------------------------------------

my $dcc = '{"ver":"1.3.0","nam":{"fn":"Example","fnt":"EXAMPLE","gn":"Zo\u00eb","gnt":"ZOE"},'
        . '"dob":"DOB","r":[{"tg":"840539006","fr":"2021-05-01","df":"2021-05-11",'
        . '"du":"2021-10-28","co":"XX","is":"Example","ci":"URN:UVCI:01:XX:TEST"MORE}]}';
my $payloads = 0;
sub payload {
    my ($dob, $more) = @_;
    (my $json = $dcc) =~ s/DOB/$dob/;
    $json =~ s/MORE/$more/;
    return ('--payload', put('payload' . ++$payloads, $json));
}
my @good = payload('1978-01-26', '');
judged('a payload of our own', 'ok', undef, @trust, '--strict', issue($issuer, @good));
my $odd = issue($issuer, payload('1978-01-26T00:00:00', ''));
judged('a birth date with a time', 'ok', undef, @trust, $odd);
judged('strictly', 'content', 'content', @trust, '--strict', $odd);
judged('other kinds of values', 'ok', undef, @trust,
       issue($issuer, payload('', ',"x":[1,-1,1.5,true,false,null,{"y":"\u00e9"}]')));
judged('--ver 2.0.0', 'content', 'content', @trust, issue($issuer, @good, '--ver', '2.0.0'));
judged('--ver 1.0.0', 'ok', undef, @trust, '--strict', issue($issuer, @good, '--ver', '1.0.0'));
judged('64 KiB inflated', 'ok', undef, @trust,
       issue($issuer, payload('', ',"x":"' . 'a' x 65000 . '"')));
judged('and more', 'compression', 'compression', @trust,
       issue($issuer, payload('', ',"x":"' . 'a' x 66000 . '"')));

my @issue = ('issue', '--key', $issuer->{key}, '--cert', $issuer->{cert}, '--payload');
for my $case (['{"ver":1,"ver":2}', qr/doubled member/], ['{', qr/line 1, column 1: no valid JSON/],
              ['[]', qr/expected a JSON object/], ['', qr/no valid JSON/],
              ['{"x":"' . 'a' x 200_000 . '"}', qr/too large/]) {
    $r = ctl(@issue, put('bad.json', $case->[0]));
    is($r->{status}, 3, 'a payload that is none: exit 3');
    like($r->{err}, $case->[1], 'and why');
    is($r->{out}, '', 'and no pass');
}
for my $case (['--key', folder() . '/none', qr/none/], ['--key', $issuer->{cert}, qr/private key/],
              ['--cert', $issuer->{key}, qr/expected a certificate/]) {
    my %with = (key => $issuer->{key}, cert => $issuer->{cert});
    $with{ substr $case->[0], 2 } = $case->[1];
    $r = ctl('issue', '--key', $with{key}, '--cert', $with{cert}, '--preset', 'child');
    is($r->{status}, 3, "a wrong $case->[0]: exit 3");
    like($r->{err}, $case->[2], 'and why');
}
system("openssl ecparam -name secp384r1 -genkey -noout -out ${\folder()}/p384.key 2>/dev/null");
$r = ctl('issue', '--key', folder() . '/p384.key', '--cert', $issuer->{cert}, '--preset', 'child');
like($r->{err}, qr/expected a P-256 key or an RSA key of 2048 to 8192 bits/, 'nor P-384');

# ---- lengths ----------------------------------------------------------------

for my $n (480, 700, 1093, 4095, 4096, 4296) {
    my $file = issue($issuer, '--preset', 'child', '--pad', $n);
    is(length get($file), $n + 1, "--pad $n");
    judged("of $n characters", 'ok', undef, @trust, $file);
}
my $small = issue($issuer, '--preset', 'empty', '--pad', 205);
is(length get($small), 206, '--pad 205, for which only an empty one is small enough');
judged('it', 'content', 'content', @trust, $small);
judged('of 4297 characters', 'too-long', 'format', @trust, issue($issuer, '--pad', 4297));
@issue = ('issue', '--key', $issuer->{key}, '--cert', $issuer->{cert}, '--preset', 'adult-full');
$r = ctl(@issue, '--pad', 701);
is($r->{status}, 3, 'a length that no Base45 text has');
like($r->{err}, qr/nearest: 700 and 702/, 'names the nearest');
$r = ctl(@issue, '--pad', 300);
like($r->{err}, qr/this pass has at least 4\d\d characters/, 'too short names the shortest');

# ---- codes ------------------------------------------------------------------

$r = ctl(@issue, '--qr');
like($r->{out}, qr/^\e\[30;107m.*\nHC1:[^\n]+\n\z/s, '--qr shows the code, then the text');
SKIP: {
    skip 'zbarimg is not installed', 3 if system('command -v zbarimg >/dev/null') != 0;
    for my $n (480, 1093, 2500) {
        my $png = folder() . "/$n.png";
        my $file = issue($issuer, '--preset', 'child', '--pad', $n, '--png', $png);
        is(qx(zbarimg -q --raw $png 2>/dev/null), get($file), "--png of $n characters is read back");
    }
}
$r = ctl(@issue, '--pad', 4299, '--qr');
is($r->{status}, 3, 'no QR code holds more than 4296 characters');
like($r->{err}, qr/4299 characters do not fit into a QR code/, 'and that is said');
$r = ctl(@issue, '--png', folder() . '/no/such.png');
is($r->{status}, 3, 'a picture that cannot be written');
like($r->{err}, qr{no/such\.png: No such file}, 'and why');

done_testing();
