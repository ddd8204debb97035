/** For tests and measurements only: what stands in an operator's nginx.conf anyway, and includes `shipped`. */

// Its folders are inside its prefix, so that it runs as anybody.
export const mainConf = (shipped: string) => `
worker_processes 1;
${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
pid nginx.pid;
error_log main-errors.log notice;
events {}
http {
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  include ${shipped};
}
`
