package dev.weighmaster.jobs.serve;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Request;

/**
 * Closes connections whose first request does not arrive in time: one byte now and then keeps a
 * connection from being idle. Thread-safe.
 */
final class Arrivals implements Connection.Listener {
  private final Connector connector;
  private final Duration limit;
  private final Set<Connection> awaited = ConcurrentHashMap.newKeySet();

  Arrivals(Connector connector, Duration limit) {
    this.connector = connector;
    this.limit = limit;
  }

  /** How long a request's header or body may take. */
  Duration limit() {
    return limit;
  }

  /** Notes that a request's header is here. */
  void arrived(Request request) {
    awaited.remove(request.getConnectionMetaData().getConnection());
  }

  @Override
  public void onOpened(Connection connection) {
    awaited.add(connection);
    connector
        .getScheduler()
        .schedule(() -> closeIfAwaited(connection), limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void onClosed(Connection connection) {
    awaited.remove(connection);
  }

  private void closeIfAwaited(Connection connection) {
    if (awaited.remove(connection)) {
      connection.getEndPoint().close();
    }
  }
}
