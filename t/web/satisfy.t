# Beside other access modules: satisfy all and any, allow and deny, auth_basic.
use lib 't/web/lib';
use HP;
use Test::Nginx::Socket 'no_plan';

repeat_each(2);
hp_write(hp_dir() . '/htpasswd', "guest:{PLAIN}secret\n");
hp_blocks();
run_tests();

__DATA__

=== TEST 1: satisfy all: both or neither
--- config
    location / {
        auth_basic "staff";
        auth_basic_user_file $TEST_NGINX_HP/htpasswd;
        healthpass_verify on;
        proxy_pass http://venue;
    }
--- request eval
["GET /", "GET /", "GET /", "GET /"]
--- more_headers eval
my $staff = "Authorization: Basic Z3Vlc3Q6c2VjcmV0\n";
["", $staff, HP::hp_header('good'), $staff . HP::hp_header('good')]
--- error_code eval
[401, 401, 401, 200]



=== TEST 2: satisfy any: one is enough; the refusal leaves nothing in the response
--- config
    location / {
        satisfy any;
        auth_basic "staff";
        auth_basic_user_file $TEST_NGINX_HP/htpasswd;
        healthpass_verify on;
        proxy_pass http://venue;
    }
--- request eval
["GET /", "GET /", "GET /", "GET /", "GET /"]
--- more_headers eval
my $staff = "Authorization: Basic Z3Vlc3Q6c2VjcmV0\n";
["", $staff, HP::hp_header('good'), HP::hp_header('forged'), $staff . HP::hp_header('forged')]
--- error_code eval
[401, 200, 200, 401, 200]
--- response_headers eval
["Cache-Control: no-store", "Cache-Control:\nWWW-Authenticate:", "Cache-Control:\nWWW-Authenticate:",
 "Cache-Control: no-store", "Cache-Control:\nWWW-Authenticate:"]



=== TEST 3: satisfy any with deny all: only a pass opens
--- config
    location / { satisfy any; deny all; healthpass_verify on; proxy_pass http://venue; }
--- request eval
["GET /", "GET /", "GET /"]
--- more_headers eval
["", HP::hp_header('good'), HP::hp_header('forged')]
--- error_code eval
[401, 200, 403]



=== TEST 4: satisfy any with allow: everybody who is allowed, without a signature check
--- config
    location / { satisfy any; allow 127.0.0.1; healthpass_verify on; proxy_pass http://venue; }
--- request
GET /
--- more_headers eval
HP::hp_header('forged')
--- error_code: 200
--- no_error_log
healthpass: refused



=== TEST 5: deny answers first: no signature check for whom the address refuses
--- config
    location / { deny all; healthpass_verify on; proxy_pass http://venue; }
--- request
GET /
--- more_headers eval
HP::hp_header('good')
--- error_code: 403
--- error_log
access forbidden by rule
--- no_error_log
healthpass access handler



=== TEST 6: a fault ends satisfy any: we cannot judge, and say so
--- config
    location / {
        satisfy any;
        auth_basic "staff";
        auth_basic_user_file $TEST_NGINX_HP/htpasswd;
        healthpass_verify on;
        healthpass_policy $TEST_NGINX_HP/nobody.conf;
        proxy_pass http://venue;
    }
--- request
GET /
--- more_headers eval
HP::hp_header('good')
--- error_code: 503
--- error_log
reason=trust-missing



=== TEST 7: off beside a neighbour is no opinion
--- config
    location / { satisfy any; deny all; healthpass_verify off; proxy_pass http://venue; }
--- request
GET /
--- more_headers eval
HP::hp_header('good')
--- error_code: 403



=== TEST 8: a bearer pass beside auth_basic under satisfy any
--- config
    location / {
        satisfy any;
        auth_basic "staff";
        auth_basic_user_file $TEST_NGINX_HP/htpasswd;
        healthpass_verify on;
        healthpass_source bearer;
        proxy_pass http://venue;
    }
--- request eval
["GET /", "GET /"]
--- more_headers eval
["Authorization: Bearer " . HP::hp_encoded('good') . "\n", "Authorization: Basic Z3Vlc3Q6c2VjcmV0\n"]
--- error_code eval
[200, 200]
