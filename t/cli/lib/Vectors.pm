# A format's part of the test set, published passes and our own, whose vectors.tsv say what each is:
# file, what it is about, its trust list, the time, and the verdict.
package Vectors;

use strict;
use warnings;
use Ctl;
use Exporter 'import';
use POSIX 'strftime';
use Test::More;

our @EXPORT = qw(at set judge_set says identified pass_ids);

my ($set, %answers);

sub at { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime shift) }

# The folder of the format; without it the test is left out.
sub set {
    my ($format) = @_;
    $set = ($ENV{HEALTHPASS_TESTDATA} // '') . "/$format";
    plan skip_all => "SKIP: HEALTHPASS_TESTDATA names no folder with $format" unless -e "$set/own/vectors.tsv";
    return $set;
}

# Every verdict that the set gives: its words for what became of a pass are stages of ours, and the
# reason of some is known by that word or by the file.  The answers, by file.
sub judge_set {
    my ($stages, $reasons, $count) = @_;
    my $rows = 0;
    for my $part (qw(own published)) {
        open my $in, '<', "$set/$part/vectors.tsv" or die "$part: $!";
        my $names = <$in>;
        while (my $line = <$in>) {
            chomp $line;
            my ($file, undef, $trust, $at, $expect) = split /\t/, $line;
            my ($status, $answer) = check('--trust', "$set/$trust", '--at', at($at), '--show-holder', "$set/$file");
            my $stage = $answer->{stage} // 'none';
            my $why = $reasons->{$file} // $reasons->{$expect};
            my $good = $expect eq 'VALID' ? $status == 0 && $answer->{accept}
                : $status == 1 && !$answer->{accept} && grep { $_ eq $stage } @{ $stages->{$expect} };
            $good &&= $answer->{reason} eq $why if $why;
            ok($good, "$file: $expect") or diag("got $answer->{reason}, stage $stage");
            $answers{$file} = $answer;
            $rows++;
        }
    }
    is($rows, $count, 'all rows of the set');
    return \%answers;
}

# What the answer about a file has in these members.
sub says {
    my ($file, %want) = @_;
    is($answers{$file}{$_}, $want{$_}, "$file: $_") for sort keys %want;
}

# Lines of a policy by which every pass that is genuine is accepted and identified, by one key.
sub identified {
    my ($trust) = @_;
    my $key = put('identity.key', 'k' x 32);
    chmod 0600, $key;
    return qq(trust = "$trust";\ntrust_max_age = "366d";\nrules = "authentic-only";\n)
        . qq(identity_key = "$key";\npass_id_scope = "site";\n);
}

# The ids of these files of our own, which the policy accepts.
sub pass_ids {
    my ($policy, @files) = @_;
    return map {
        my ($status, $answer) = check('--policy', $policy, '--at', at(1790000000), "$set/own/$_");
        is($status, 0, "$_: by a policy") or diag(explain $answer);
        $_ => $answer->{pass_id};
    } @files;
}

1;
