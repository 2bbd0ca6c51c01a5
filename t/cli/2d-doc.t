# 2D-DOC seals of our own making: every preset on every curve, by a policy with its rules, its deny
# list and its formats.  That one set of rules judges a person alike in all formats is alike.t's.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use JSON::PP;
use POSIX ();
use Test::More;

my $home = folder();
my $name = 'FRX2TE01';
my %key = map { $_ => "$home/$_/issuer.key" } qw(ES256 ES384 ES512);
mkdir "$home/trust" or die;
for my $alg (sort keys %key) {
    my $signer = sprintf 'FRX2%s', substr $alg, 1;
    my $r = ctl('keygen', '-o', "$home/$alg", '--alg', $alg, '--2d-doc', $signer);
    is($r->{status}, 0, "$alg: a signer") or diag($r->{err});
    put("trust/$signer.pub.der", get("$home/$alg/$signer.pub.der"));
}

my $seals = 0;
sub seal {
    my ($alg, @options) = @_;
    my $file = "$home/seal" . ++$seals;
    my $r = ctl('issue', '--format', '2d-doc', '--key', $key{$alg}, '--kid', 'FRX2' . substr($alg, 1), '-o', $file, @options);
    is($r->{status}, 0, "issued: @options") or diag($r->{err});
    return $file;
}

# ---- what is made ---------------------------------------------------------------

for my $alg (sort keys %key) {
    my ($status, $answer) = check('--trust', "$home/trust", seal($alg, '--preset', 'adult-full'));
    is_deeply([ $status, @$answer{qw(reason format kind kid issuer)} ], [ 0, 'ok', '2d-doc', 'v', 'FRX2' . substr($alg, 1), 'FR' ],
              "$alg: the whole way");
    ($status, $answer) = check('--trust', "$home/trust", seal($alg, '--preset', 'adult-full', '--forge'));
    is($answer->{reason}, 'signature', "$alg: a forgery");
}
like(get(seal('ES256', '--preset', 'adult-test')), qr/^DC04FRX2S256[0-9A-F]{8}B201FRF0ALEX\x1dF1TEST\x1dF2\d{8}F3UF4943092\x1dF5NF6\d{12}\x1f[A-Z2-7]{103}\n\z/,
     'the text of a Data Matrix');
my $link = get(seal('ES256', '--preset', 'adult-full', '--link'));
like($link, qr{^https://bonjour\.tousanticovid\.gouv\.fr/app/wallet\?v=DC04FRX2S256[0-9A-Z%]+\n\z}, 'the link of a QR code');
my $r = ctl('issue', '--format', '2d-doc', '--key', $key{ES256}, '--kid', $name, '--preset', 'child', '--qr', '--link');
like($r->{out}, qr/^\e\[30;107m.*\nhttps:[^\n]+\n\z/s, '--qr shows the code, then the text');

put('fields.json', JSON::PP->new->encode({ type => 'L1', L0 => 'X' x 81, L1 => 'A', L2 => '00001970', L3 => '', L4 => 'J07BX03',
    L5 => 'SPUTNIK V', L6 => 'MAKER', L7 => '1', L8 => '2', L9 => '01092026', LA => 'TE' }));
my ($status, $answer) = check('--trust', "$home/trust", '--show-holder', seal('ES256', '--payload', "$home/fields.json"));
is_deeply([ $status, $answer->{holder}{family}, $answer->{holder}{birth} ], [ 0, 'X' x 80, '1970' ], 'fields of your own, cut');

sub wrong {
    my ($words, @args) = @_;
    my $it = ctl('issue', @args, '--preset', 'child');
    is($it->{status}, 2, "@args: exit 2");
    like($it->{err}, $words, 'and why');
}
my @with = ('--format', '2d-doc', '--key', $key{ES256});
wrong(qr/--kid NAME, the signer's eight capitals/, @with, @$_)
    for [], [ '--kid', 'FRX2TE0' ], [ '--kid', 'FRX2TE011' ], [ '--kid', 'frx2te01' ], [ '--kid', $name, '--iss', 'FR' ],
        [ '--kid', $name, '--exp', '2030-01-01T00:00:00Z' ], [ '--kid', $name, '--cert', "$home/ES256/issuer.pem" ];
wrong(qr/--link goes with --format 2d-doc/, '--key', $key{ES256}, '--cert', "$home/ES256/issuer.pem", '--link');
$r = ctl('issue', @with, '--kid', $name, '--preset', 'empty');
is($r->{status}, 3, 'there is no empty seal');
like($r->{err}, qr/no seal could be made/, 'and why');
ctl('keygen', '-o', "$home/rsa", '--alg', 'PS256');
$r = ctl('issue', '--format', '2d-doc', '--key', "$home/rsa/issuer.key", '--kid', $name, '--preset', 'child');
is($r->{status}, 3, 'RSA signs none');
usage_error(qr/--2d-doc: expected no RSA key, and eight capitals/, 'keygen', '-o', "$home/x", @$_)
    for [ '--2d-doc', 'FRX2TE0' ], [ '--2d-doc', $name, '--alg', 'PS256' ];

# A signer is judged at the day of the signature, which is a day in Paris; and that is not in the future.
mkdir "$home/dated" or die;
ctl('keygen', '-o', "$home/cert", '--from', '2026-03-31T22:00:00Z', '--to', '2026-06-30T21:59:59Z');
put('dated/FRX2S256.pem', get("$home/cert/issuer.pem"));
put('dated/FRX2S384.pub.der', get("$home/trust/FRX2S384.pub.der")); # whose name tells what the folder is
$key{ES256DATED} = "$home/cert/issuer.key";
for my $case ([ '2026-04-01T12:00:00Z', 'ok' ], [ '2026-06-30T12:00:00Z', 'ok' ], [ '2026-03-31T12:00:00Z', 'signer-expired' ],
              [ '2026-07-01T12:00:00Z', 'signer-expired' ], [ '2026-11-21T12:00:00Z', 'not-yet-valid' ]) {
    my $file = "$home/dated.txt";
    ctl('issue', '--format', '2d-doc', '--key', "$home/cert/issuer.key", '--kid', 'FRX2S256', '--preset', 'adult-full', '--iat', $case->[0], '-o', $file);
    is((check('--trust', "$home/dated", '--at', '2026-11-20T22:59:59Z', $file))[1]{reason}, $case->[1], "signed $case->[0]: $case->[1]");
    is((check('--trust', "$home/dated", '--at', '2026-11-20T23:00:00Z', $file))[1]{reason}, 'signer-expired',
       'from the first second of the day in Paris on') if $case->[1] eq 'not-yet-valid';
}

# ---- by a policy ----------------------------------------------------------------

ctl(qw(init --dir), $home);
my $import = ctl(qw(trust import --from 2d-doc --unsigned 2d-doc), "$home/trust", '-o', "$home/trust.store");
is($import->{status}, 0, 'the signers are imported') or diag($import->{err});
sub policy {
    my ($file, $formats, $rules, @more) = @_;
    return put($file, qq(trust = "$home/trust.store";\n$rules;\nidentity_key = "$home/identity.key";\n)
        . qq(deny_list = "$home/deny.list";\nformats = [ $formats ];\n@more));
}
my $minimal = policy('minimal.conf', '"hc1", "2d-doc"', 'rules = "minimal"');
sub said { my ($policy, @seal) = @_; return (check('--policy', $policy, @seal))[1]{reason} }
is(said($minimal, seal('ES384', '--preset', 'adult-full')), 'ok', 'minimal: a vaccination');
is(said($minimal, seal('ES512', '--preset', 'adult-test')), 'ok', 'minimal: a test');
is(said($minimal, seal('ES256', '--preset', 'test-positive')), 'rule-failed', 'minimal: a positive one');
is(said($minimal, seal('ES256', '--preset', 'yellow-card')), 'rule-none', 'minimal: against another disease');
is(said(policy('hc1.conf', '"hc1"', 'rules = "minimal"'), seal('ES256', '--preset', 'adult-full')), 'kind-off',
   'a policy without them');

# Whoever copies a seal has it with another signature, too: the deny list knows its text.
my $leaked = seal('ES256', '--preset', 'adult-full', '--iat', '2026-11-01T12:00:00Z');
my $again = seal('ES256', '--preset', 'adult-full', '--iat', '2026-11-01T12:00:00Z');
isnt(get($leaked), get($again), 'one text, signed twice');
$r = ctl('revoke', 'add', '--policy', $minimal, '--pass', $leaked);
is($r->{status}, 0, 'blocked') or diag($r->{err});
is(said($minimal, $_), 'denied-here', 'and refused, whatever its signature') for $leaked, $again;
my $digest = sha256_hex((split /\x1f/, get($leaked))[0]);
like(get("$home/deny.list"), qr/^D \Q${\substr $digest, 0, 32}\E/m, 'by the SHA-256 of what was signed');
is(ctl('revoke', 'remove', '--policy', $minimal, '--pass', $leaked)->{status}, 0, 'and free again');
is(said($minimal, $leaked), 'ok', '... it is');

# A published list of such hashes, one a line.
put('list.txt', "$digest\n");
$r = ctl('revoke', 'build', '--from', 'list', qw(--unsigned list --kind 2d-doc), "$home/list.txt", '-o', "$home/list.index");
is($r->{status}, 0, 'a list is built') or diag($r->{err});
is(said(policy('listed.conf', '"2d-doc"', 'rules = "minimal"', qq(revoked = "$home/list.index";)), $again), 'revoked',
   'and a seal on it withdrawn');

# ---- rules of the house -----------------------------------------------------------

mkdir "$home/rules" or die;
my $house = policy('rules.conf', '"2d-doc"', qq(rules = "$home/rules";\ncountry = "FR"));

# The cycle is what the seal says of it, and not its numbers; a vaccine the EU knows is on its list.
sub fields {
    my (%with) = @_;
    my $day = POSIX::strftime('%d%m%Y', gmtime(time - 30 * 86400));
    put('fields.json', JSON::PP->new->encode({ type => 'L1', L0 => 'DUPUIS', L1 => 'ZOE', L2 => '29021988', L3 => 'COVID-19', L4 => 'J07BX03',
        L5 => 'COMIRNATY', L6 => 'PFIZER', L7 => '1', L8 => '2', L9 => $day, LA => 'TE', %with }));
    return said($house, seal('ES256', '--payload', "$home/fields.json"));
}
ctl(qw(rules new --country FR --vaccinated complete -o), "$home/rules");
is(fields(), 'ok', 'one of two doses, complete: who had recovered');
is(fields(L7 => '2', LA => 'CO'), 'rule-failed', 'two of two, and going on');
$r = ctl(qw(rules new --country FR --vaccinated complete --vaccine-list eu --replace -o), "$home/rules");
is($r->{status}, 0, 'rules with a list of vaccines') or diag($r->{err});
is(fields(), 'ok', 'a vaccine of that list by its name');
is(fields(L5 => 'SPUTNIK V'), 'rule-failed', 'and one that is not');

done_testing();
