package dev.weighmaster.notebook;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.rapaio.jupyter.kernel.MainApp;
import org.rapaio.jupyter.kernel.channels.Channels;
import org.rapaio.jupyter.kernel.core.ConnectionProperties;
import org.rapaio.jupyter.kernel.core.Transform;

/**
 * Starts the kernel, in place of its own main class.
 *
 * <p>rapaio-jupyter-kernel 3.0.1 opens its ports before it has handlers for what arrives there: a
 * request of those milliseconds, which Jupyter sends as early as it can, ends the thread that reads
 * requests, and the notebook waits for ever. Here the handlers are made first.
 */
public final class Kernel {
  private static final Logger ITS_LOGGER = Logger.getLogger("org.rapaio");

  private Kernel() {}

  /**
   * Runs until Jupyter ends the kernel.
   *
   * @param arguments the path of Jupyter's connection file
   */
  public static void main(String[] arguments) throws Exception {
    ITS_LOGGER.setLevel(Level.WARNING);
    ConnectionProperties connection =
        Transform.fromJson(Files.readString(Path.of(arguments[0])), ConnectionProperties.class);
    Channels channels = new Channels(connection);
    giveHandlers(channels, connection);
    channels.connect(MainApp.kernel);
    channels.joinUntilClose();
  }

  /** The handlers belong to the kernel: those made for other ports do as well. */
  private static void giveHandlers(Channels channels, ConnectionProperties connection)
      throws IOException, GeneralSecurityException, ReflectiveOperationException {
    Channels others = new Channels(onFreePorts(connection));
    others.connect(MainApp.kernel);
    Field handlers = Channels.class.getDeclaredField("handlers");
    handlers.setAccessible(true);
    handlers.set(channels, handlers.get(others));
    others.close();
  }

  private static ConnectionProperties onFreePorts(ConnectionProperties connection) {
    return new ConnectionProperties(
        0,
        0,
        connection.transport(),
        connection.signatureScheme(),
        0,
        0,
        "127.0.0.1",
        0,
        connection.key());
  }
}
