package org.rapaio.jupyter.kernel.channels;

import java.util.concurrent.CountDownLatch;

/**
 * Stands before the class of this name in rapaio-jupyter-kernel 3.0.1, whose thread ends at once
 * where it runs before {@code start} has returned, and serves requests before there are handlers
 * for them: either way the kernel never answers. Here it waits for {@link #begin}.
 */
public final class LoopThread extends Thread {
  private static final CountDownLatch BEGUN = new CountDownLatch(1);

  private final long millisBetween;
  private final Runnable body;
  private volatile boolean running = true;

  /** A thread that runs the body again and again, with a pause in milliseconds between. */
  public LoopThread(String name, long millisBetween, Runnable body) {
    super(name);
    this.millisBetween = millisBetween;
    this.body = body;
  }

  /** Lets all of these threads, started or not, do their work. */
  public static void begin() {
    BEGUN.countDown();
  }

  @Override
  public void run() {
    try {
      BEGUN.await();
      while (running) {
        body.run();
        Thread.sleep(millisBetween);
      }
    } catch (InterruptedException e) {
      running = false;
    }
  }

  /** Ends the thread after the body's present run. */
  public void shutdown() {
    running = false;
  }
}
