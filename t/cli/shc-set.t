# The SMART Health Cards of the test set, published and our own, each judged with its trust list at
# its time: every verdict that the set gives.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Ctl;
use JSON::PP;
use POSIX qw(strftime);
use Test::More;

my $set = ($ENV{HEALTHPASS_TESTDATA} // '') . '/shc';
plan skip_all => 'SKIP: HEALTHPASS_TESTDATA names no folder with shc' unless -e "$set/own/vectors.tsv";

# The set's words for what became of a card, in stages.
my %ours = (
    MALFORMED     => [qw(format encoding compression envelope claims content)],
    UNKNOWN_KEY   => [qw(issuer)],
    BAD_SIGNATURE => [qw(signature)],
    NOT_YET_VALID => [qw(validity)],
    EXPIRED       => [qw(validity)],
    REVOKED       => [qw(revocation)],
);
my %reason = (NOT_YET_VALID => 'not-yet-valid', EXPIRED => 'expired', REVOKED => 'revoked');

sub at { strftime('%Y-%m-%dT%H:%M:%SZ', gmtime shift) }

my ($rows, %answers) = (0);
for my $part (qw(own published)) {
    open my $in, '<', "$set/$part/vectors.tsv" or die "$part: $!";
    my $names = <$in>;
    while (my $line = <$in>) {
        chomp $line;
        my ($file, undef, $trust, $at, $expect) = split /\t/, $line;
        my ($status, $answer) = check('--trust', "$set/$trust", '--at', at($at), '--show-holder',
                                      "$set/$file");
        my $stage = $answer->{stage} // 'none';
        $rows++;
        $answers{$file} = $answer;
        my $good = $expect eq 'VALID' ? $status == 0 && $answer->{accept}
            : $status == 1 && !$answer->{accept} && grep { $_ eq $stage } @{ $ours{$expect} };
        $good &&= $answer->{reason} eq $reason{$expect} if $reason{$expect};
        ok($good, "$file: $expect") or diag("got $answer->{reason}, stage $stage");
    }
}
is($rows, 53, 'all rows of the set');

# ---- what valid ones say --------------------------------------------------------------

sub says { my ($file, %want) = @_; is($answers{$file}{$_}, $want{$_}, "$file: $_") for sort keys %want }

says('own/ok-vaccination.qr.txt', format => 'shc', kind => 'v', issuer => 'https://shc.dev.example',
     kid => 'c-f7ESWD7omTdrtBrJqmB8oB_CVdvEe7gPfzW6jhYo8', valid_until => undef);
says('own/ok-lab-negative.qr.txt', format => 'shc', kind => 't');
says('own/ok-exp-equal-now.jws.txt', valid_until => at(1790000000));
says('own/policy-entered-in-error.jws.txt', kind => undef);
is_deeply($answers{'own/ok-vaccination.qr.txt'}{holder},
          { family => 'Dupuis', given => 'Zoe M.', family_mrz => '', given_mrz => '',
            birth => '1988-02-29' }, 'the holder');
is($answers{'published/example-00-f-qr-code-numeric-value-0.txt'}{holder}{family}, 'Anyperson',
   'the holder of a published one');

# ---- the same card in other words -----------------------------------------------------

# One policy, and so one key for all ids.
my ($store, $key) = (folder() . '/vci.store', put('identity.key', 'k' x 32));
chmod 0600, $key;
my $policy = put('policy.conf', qq(trust = "$store";\ntrust_max_age = "366d";\nrules = "authentic-only";\n)
    . qq(formats = [ "hc1", "shc" ];\nidentity_key = "$key";\npass_id_scope = "site";\n));
my $import = ctl(qw(trust import --from vci --unsigned vci), "$set/own/trust.json", '-o', $store);
is($import->{status}, 0, 'the snapshot is imported') or diag($import->{err});
my %id;
for my $file (qw(ok-vaccination.qr.txt ok-same-pass-other-s.jws.txt ok-chunks-2of2-first.qr.txt ok-lab-negative.qr.txt)) {
    my ($status, $answer) = check('--policy', $policy, '--at', at(1790000000), "$set/own/$file");
    is($status, 0, "$file: by a policy") or diag(explain $answer);
    $id{$file} = $answer->{pass_id};
}
is($id{'ok-same-pass-other-s.jws.txt'}, $id{'ok-vaccination.qr.txt'}, 's or n-s: one pass');
isnt($id{'ok-lab-negative.qr.txt'}, $id{'ok-vaccination.qr.txt'}, 'another card is another pass');

done_testing();
