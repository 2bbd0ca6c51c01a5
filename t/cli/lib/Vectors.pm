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

# The answers about these files, and exit status 0 exactly when all of them are good.
sub judged_at {
    my ($what, $good, $at, $by, @files) = @_;
    my ($status, @all) = check(@$by, '--at', at($at), map { "$set/$_" } @files);
    is_deeply([ $status, scalar @all ], [ $good ? 0 : 1, scalar @files ], "$what: exit status and answers");
    return map { $files[$_] => $all[$_] } 0 .. $#files;
}

# Every verdict that the set gives: its words for what became of a pass are stages of ours, and the
# reason of some is known by that word or by the file.  What has one trust list and one time is
# judged by one command.  The answers, by file.
sub judge_set {
    my ($stages, $reasons, $count) = @_;
    my (@rows, %group);
    for my $part (qw(own published)) {
        open my $in, '<', "$set/$part/vectors.tsv" or die "$part: $!";
        my $names = <$in>;
        while (my $line = <$in>) {
            chomp $line;
            my ($file, undef, $trust, $at, $expect) = split /\t/, $line;
            push @rows, [ $file, $expect ];
            push @{ $group{$trust}{$at}{ $expect eq 'VALID' ? 1 : 0 } }, $file;
        }
    }
    for my $trust (sort keys %group) {
        for my $at (sort keys %{ $group{$trust} }) {
            my $files = $group{$trust}{$at};
            %answers = (%answers, judged_at("$trust: " . ($_ ? 'good' : 'others'), $_, $at,
                [ '--trust', "$set/$trust", '--show-holder' ], @{ $files->{$_} })) for sort keys %$files;
        }
    }
    for my $row (@rows) {
        my ($file, $expect) = @$row;
        my $answer = $answers{$file};
        my $stage = $answer->{stage} // 'none';
        my $why = $reasons->{$file} // $reasons->{$expect};
        my $good = $expect eq 'VALID' ? $answer->{accept}
            : defined $answer->{accept} && !$answer->{accept} && grep { $_ eq $stage } @{ $stages->{$expect} };
        $good &&= $answer->{reason} eq $why if $why;
        ok($good, "$file: $expect") or diag("got $answer->{reason}, stage $stage");
    }
    is(@rows, $count, 'all rows of the set');
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
    my %all = judged_at('by a policy', 1, 1790000000, [ '--policy', $policy ], map { "own/$_" } @files);
    return map {
        is($all{"own/$_"}{reason}, 'ok', "$_: by a policy");
        $_ => $all{"own/$_"}{pass_id};
    } @files;
}

1;
