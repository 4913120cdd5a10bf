package dev.weighmaster.notebook;

import java.nio.file.Files;
import java.nio.file.Path;
import org.rapaio.jupyter.kernel.MainApp;
import org.rapaio.jupyter.kernel.channels.Channels;
import org.rapaio.jupyter.kernel.channels.LoopThread;
import org.rapaio.jupyter.kernel.core.ConnectionProperties;
import org.rapaio.jupyter.kernel.core.Transform;

/** Starts the kernel, in place of its own main class: see {@link LoopThread}. */
public final class Kernel {
  private Kernel() {}

  /**
   * Runs until Jupyter ends the kernel.
   *
   * @param arguments the path of Jupyter's connection file
   */
  public static void main(String[] arguments) throws Exception {
    String connection = Files.readString(Path.of(arguments[0]));
    Channels channels = new Channels(Transform.fromJson(connection, ConnectionProperties.class));
    channels.connect(MainApp.kernel);
    LoopThread.begin();
    channels.joinUntilClose();
  }
}
