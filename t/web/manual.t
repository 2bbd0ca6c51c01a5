# The manual page and the code name the same directives, variables and sources.
use strict;
use warnings;
use Test::More;

sub get {
    open my $in, '<', $_[0] or die "$_[0]: $!";
    local $/;
    return scalar <$in>;
}

my $page = get('ngx_module/healthpass-nginx.5');
my @code = map { get("ngx_module/ngx_http_healthpass_$_.c") } qw(module variables source);

# The strings of the table of that name in a source file.
sub table {
    my ($text, $name) = @_;
    my ($body) = $text =~ /\Q$name\E\[\] = \{(.*?)\n\};/s or die "no $name";
    return $body;
}

sub same {
    my ($name, $got, $expected) = @_;
    cmp_ok(scalar @$expected, '>', 5, "the code has $name");
    is_deeply([ sort @$got ], [ sort @$expected ], "the page has the same $name");
}

same('directives', [ $page =~ /^\.It Ic (healthpass_\w+)/mg ],
    [ table($code[0], 'ngx_http_healthpass_commands') =~ /ngx_string\("(\w+)"\)/g ]);
same('variables', [ $page =~ /^\.It Va \$(healthpass_\w+)/mg ],
    [ table($code[1], 'ngx_http_healthpass_variables') =~ /ngx_string\("(\w+)"\)/g ]);
my @sources = map { /ngx_string\("(\w+):?"\)/ && !/LATER/ ? $1 : () }
    split /\},/, table($code[2], 'ngx_http_healthpass_words');
my ($chapter) = $page =~ /^\.Sh SOURCES\n(.*?)^\.Sh /ms;
same('sources', [ $chapter =~ /^\.It Cm (\w+)/mg ], \@sources);
done_testing();
