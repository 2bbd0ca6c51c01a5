# healthpass_dry_run: judged and logged, nobody refused, nobody let in by it.
use lib 't/web/lib';
use HP;
use Test::Nginx::Socket 'no_plan';

hp_blocks();
run_tests();

__DATA__

=== TEST 1: the verdict is known, the refusal is not made
--- config
    location / {
        healthpass_verify on;
        healthpass_dry_run on;
        healthpass_expose problem;
        proxy_set_header X-Verdict "$healthpass_verdict $healthpass_reason";
        proxy_pass http://venue;
    }
    location /away {
        healthpass_verify on;
        healthpass_dry_run on;
        healthpass_policy $TEST_NGINX_HP/nobody.conf;
        proxy_set_header X-Verdict "$healthpass_verdict $healthpass_reason";
        proxy_pass http://venue;
    }
    location /check { healthpass_check; healthpass_dry_run on; }
--- request eval
["GET /", "GET /", "GET /", "GET /away", "GET /check"]
--- more_headers eval
["", HP::hp_header('good'), HP::hp_header('forged'), HP::hp_header('good'), ""]
--- error_code eval
[200, 200, 200, 200, 204]
--- response_body_like eval
[qr/verdict=\[refused no-pass\]/, qr/verdict=\[accepted ok\]/, qr/verdict=\[refused signature\]/,
 qr/verdict=\[fault trust-missing\]/, qr/^$/]
--- response_headers eval
["Cache-Control:\nWWW-Authenticate:", "Cache-Control:", "Cache-Control:", "Retry-After:", "WWW-Authenticate:"]



=== TEST 2: the line in the log says so
--- config
    location / { healthpass_verify on; healthpass_dry_run on; proxy_pass http://venue; }
--- request
GET /
--- more_headers eval
HP::hp_header('forged')
--- error_log eval
qr/\[info\] .* healthpass: refused, dry run, reason=signature, stage=signature, kid=/



=== TEST 3: a good pass opens nothing in a dry run
--- config
    location / { satisfy any; deny all; healthpass_verify on; healthpass_dry_run on; proxy_pass http://venue; }
--- request
GET /
--- more_headers eval
HP::hp_header('good')
--- error_code: 403



=== TEST 4: a dry run does not keep a real gate behind it from logging
--- config
    location / { healthpass_verify on; healthpass_dry_run on; root html; try_files $uri /same; }
    location /same { healthpass_verify on; proxy_pass http://venue; }
--- request
GET /none
--- more_headers eval
HP::hp_header('forged')
--- error_code: 403
--- grep_error_log eval: qr/healthpass: refused(?:, dry run)?, reason=[\w-]+/
--- grep_error_log_out
healthpass: refused, dry run, reason=signature
healthpass: refused, reason=signature



=== TEST 5: nor one that looks elsewhere and finds the same pass
--- config
    location / { healthpass_verify on; healthpass_dry_run on; root html; try_files $uri /other; }
    location /other { healthpass_verify on; healthpass_source header:x-health-pass; proxy_pass http://venue; }
--- request
GET /none
--- more_headers eval
HP::hp_header('forged')
--- error_code: 403
--- grep_error_log eval: qr/healthpass: refused(?:, dry run)?, reason=[\w-]+/
--- grep_error_log_out
healthpass: refused, dry run, reason=signature
healthpass: refused, reason=signature



=== TEST 6: a dry run behind a dry run has nothing new to say
--- config
    location / { healthpass_verify on; healthpass_dry_run on; root html; try_files $uri /dry; }
    location /dry { healthpass_verify on; healthpass_dry_run on; proxy_pass http://venue; }
--- request
GET /none
--- more_headers eval
HP::hp_header('forged')
--- error_code: 200
--- grep_error_log eval: qr/healthpass: refused(?:, dry run)?, reason=[\w-]+/
--- grep_error_log_out
healthpass: refused, dry run, reason=signature



=== TEST 7: nor has one behind a refusal
--- config
    location / { healthpass_verify on; error_page 403 = /dry; proxy_pass http://venue; }
    location /dry { healthpass_verify on; healthpass_dry_run on; proxy_pass http://venue; }
--- request
GET /none
--- more_headers eval
HP::hp_header('forged')
--- error_code: 200
--- grep_error_log eval: qr/healthpass: refused(?:, dry run)?, reason=[\w-]+/
--- grep_error_log_out
healthpass: refused, reason=signature
