package dev.weighmaster.jobs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * An HTTP proxy in front of an S3 server that gets in the way, and counts what passes.
 *
 * <p>Which request is hit depends on the seed, on what is asked and on how often it was asked
 * before, and on nothing else: not on time, nor on what goes on at once. Each request that reads an
 * object can be cut, each of any kind can be throttled or delayed.
 *
 * <p>As a process: {@code FaultProxy UPSTREAM_PORT SEED CUT THROTTLE DELAY}, the last three as one
 * in so many, 0 for never. It prints {@code listening on PORT}; {@code GET /-/counts} answers with
 * {@link #counts}, and the process ends when its standard input does.
 */
public final class FaultProxy implements AutoCloseable {
  private static final String COUNTS = "/-/counts";
  private static final long DELAY_NANOS = 50_000_000;

  /**
   * How often a request is hit: one in so many, 0 for never.
   *
   * @param cut ends the connection in the middle of a body of more than one byte
   * @param throttle 503 SlowDown
   * @param delay answered after 50 ms
   */
  public record Faults(long seed, int cut, int throttle, int delay) {
    public static final Faults NONE = new Faults(0, 0, 0, 0);

    /** One connection in ten is cut, one request in ten throttled, one in ten late. */
    public static Faults all(long seed) {
      return new Faults(seed, 10, 10, 10);
    }
  }

  private final ServerSocket listener;
  private final int upstream;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();
  private final Map<String, String> etags = new ConcurrentHashMap<>();
  private final Map<String, String> checksums = new ConcurrentHashMap<>();
  private final List<String> log = new ArrayList<>();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger reading = new AtomicInteger();
  private final AtomicInteger mostReading = new AtomicInteger();
  private final AtomicInteger faulted = new AtomicInteger();
  private volatile Faults faults;
  private volatile boolean withoutEtags;
  private volatile int together;
  private volatile Held held = new Held("\0", new CompletableFuture<>(), new CountDownLatch(0));

  private FaultProxy(int upstream, Faults faults) throws IOException {
    this.upstream = upstream;
    this.faults = faults;
    this.listener = new ServerSocket();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 256);
  }

  /** Starts a proxy in front of a port of the loopback interface. */
  public static FaultProxy start(int upstream, Faults faults) throws IOException {
    FaultProxy proxy = new FaultProxy(upstream, faults);
    proxy.thread(proxy::accept);
    return proxy;
  }

  public static void main(String[] arguments) throws IOException {
    Faults faults =
        new Faults(
            Long.parseLong(arguments[1]),
            Integer.parseInt(arguments[2]),
            Integer.parseInt(arguments[3]),
            Integer.parseInt(arguments[4]));
    try (FaultProxy proxy = start(Integer.parseInt(arguments[0]), faults)) {
      System.out.println("listening on " + proxy.port());
      while (System.in.read() >= 0) {}
    }
  }

  public int port() {
    return listener.getLocalPort();
  }

  public void faults(Faults next) {
    faults = next;
  }

  /** From now on objects have no etag, neither in listings nor in answers of their own. */
  public void hideEtags() {
    withoutEtags = true;
  }

  /** From now on an object's own answers have another etag, as if it had been written anew. */
  public void etag(String path, String etag) {
    etags.put(path, etag);
  }

  /** From now on a HEAD of an object tells its SHA-256, in base64. */
  public void checksum(String path, String sha256, String type) {
    checksums.put(
        path, "x-amz-checksum-sha256: " + sha256 + "\r\nx-amz-checksum-type: " + type + "\r\n");
  }

  /** No read of an object is answered until so many are under way at once, or in 10 s. */
  public void answerTogether(int reads) {
    together = reads;
  }

  /**
   * From now on reads of objects whose path contains this are not answered until {@link #release}.
   *
   * @return done once there is such a read
   */
  public CompletableFuture<Void> hold(String part) {
    held = new Held(part, new CompletableFuture<>(), new CountDownLatch(1));
    return held.asked();
  }

  /** Answers what was held. */
  public void release() {
    held.released().countDown();
  }

  private record Held(String part, CompletableFuture<Void> asked, CountDownLatch released) {
    void await(String path) {
      if (!path.contains(part)) {
        return;
      }
      asked.complete(null);
      try {
        released.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Each kind of request, such as {@code GET object} and {@code LIST}, and how often it came. */
  public Map<String, Integer> counts() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    requests.keySet().stream().sorted().forEach(kind -> counts.put(kind, requests.get(kind).get()));
    return counts;
  }

  /** The requests in their order: method, target, and the range, if there is one. */
  public List<String> log() {
    synchronized (log) {
      return List.copyOf(log);
    }
  }

  /** Bytes of answers that have been passed on, without their heads. */
  public long bytes() {
    return bytes.get();
  }

  /** The most reads of objects that were under way at once. */
  public int mostAtOnce() {
    return mostReading.get();
  }

  /** Requests that were cut or throttled. */
  public int faulted() {
    return faulted.get();
  }

  /** Forgets what was counted. */
  public void reset() {
    requests.clear();
    bytes.set(0);
    mostReading.set(0);
    faulted.set(0);
    synchronized (log) {
      log.clear();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }

  private void thread(Runnable work) {
    Thread thread = new Thread(work, "fault-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        client.setTcpNoDelay(true);
        open.add(client);
        thread(() -> serve(client));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket server = new Socket(InetAddress.getLoopbackAddress(), upstream)) {
      server.setTcpNoDelay(true);
      open.add(server);
      Exchange exchange = new Exchange(client, server);
      while (exchange.next()) {}
      open.remove(server);
    } catch (IOException e) {
      // Either side has gone, as sides do.
    } finally {
      open.remove(client);
    }
  }

  /** Whether one in so many is hit, by all that the request says and how often it was made. */
  private static boolean hit(int oneIn, long seed, String salt, String request, int turn) {
    if (oneIn == 0) {
      return false;
    }
    long hash = seed * 0x9E3779B97F4A7C15L + (salt + request).hashCode() * 31L + turn;
    hash = (hash ^ (hash >>> 30)) * 0xBF58476D1CE4E5B9L;
    hash = (hash ^ (hash >>> 27)) * 0x94D049BB133111EBL;
    return Long.remainderUnsigned(hash ^ (hash >>> 31), oneIn) == 0;
  }

  /** A message's first line and its headers, by their names in lower case. */
  private record Head(String first, Map<String, String> headers) {
    Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name));
    }

    long length() {
      return header("content-length").map(Long::parseLong).orElse(0L);
    }

    static Optional<Head> read(InputStream in) throws IOException {
      Optional<String> first = line(in);
      if (first.isEmpty()) {
        return Optional.empty();
      }
      Map<String, String> headers = new LinkedHashMap<>();
      for (String line = line(in).orElseThrow(EOFException::new);
          !line.isEmpty();
          line = line(in).orElseThrow(EOFException::new)) {
        int colon = line.indexOf(':');
        headers.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
      return Optional.of(new Head(first.get(), headers));
    }

    static Optional<String> line(InputStream in) throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          return Optional.empty();
        }
        line.append((char) c);
      }
      return Optional.of(line.toString().stripTrailing());
    }

    void write(OutputStream out, String more) throws IOException {
      StringBuilder text = new StringBuilder(first).append("\r\n");
      headers.forEach((name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
      out.write(text.append(more).append("\r\n").toString().getBytes(ISO_8859_1));
    }
  }

  /** What passes between one client and the server. */
  private final class Exchange {
    private final Socket client;
    private final InputStream fromClient;
    private final OutputStream toClient;
    private final InputStream fromServer;
    private final OutputStream toServer;
    private final byte[] buffer = new byte[64 << 10];

    Exchange(Socket client, Socket server) throws IOException {
      this.client = client;
      fromClient = new BufferedInputStream(client.getInputStream());
      toClient = new BufferedOutputStream(client.getOutputStream(), 64 << 10);
      fromServer = new BufferedInputStream(server.getInputStream(), 64 << 10);
      toServer = new BufferedOutputStream(server.getOutputStream());
    }

    /** One request and its answer; false once there is none, or the connection was cut. */
    boolean next() throws IOException {
      Optional<Head> read = Head.read(fromClient);
      if (read.isEmpty()) {
        return false;
      }
      Head request = read.get();
      String[] words = request.first().split(" ", -1);
      String method = words[0];
      String path = words[1].replaceFirst("\\?.*", "");
      if (path.equals(COUNTS)) {
        answer("200 OK", "text/plain", counts() + " bytes=" + bytes + " faulted=" + faulted + "\n");
        return true;
      }
      boolean object = path.indexOf('/', 1) > 0 && path.indexOf('/', 1) < path.length() - 1;
      String kind = method.equals("GET") && !object ? "LIST" : method + (object ? " object" : "");
      String named = method + " " + words[1] + request.header("range").map(r -> " " + r).orElse("");
      requests.computeIfAbsent(kind, name -> new AtomicInteger()).incrementAndGet();
      int turn = asked.computeIfAbsent(named, name -> new AtomicInteger()).getAndIncrement();
      synchronized (log) {
        log.add(named);
      }
      Faults now = faults;
      if (hit(now.delay(), now.seed(), "delay", named, turn)) {
        LockSupport.parkNanos(DELAY_NANOS);
      }
      boolean reads = kind.equals("GET object");
      if (hit(now.throttle(), now.seed(), "throttle", named, turn)) {
        return throttle(request, method);
      }
      if (!reads) {
        return forward(request, method, path, false);
      }
      mostReading.accumulateAndGet(reading.incrementAndGet(), Math::max);
      try {
        awaitOthers();
        held.await(path);
        return forward(request, method, path, hit(now.cut(), now.seed(), "cut", named, turn));
      } finally {
        reading.decrementAndGet();
      }
    }

    private void awaitOthers() {
      for (int i = 0; i < 10_000 && reading.get() < together; i++) {
        LockSupport.parkNanos(1_000_000);
      }
      together = 0;
    }

    private boolean throttle(Head request, String method) throws IOException {
      faulted.incrementAndGet();
      if (!request.headers().containsKey("expect")) {
        skip(request.length());
      }
      String body =
          method.equals("HEAD")
              ? ""
              : "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message>"
                  + "</Error>";
      answer("503 Slow Down", "application/xml", body);
      // Of a body that was not asked for yet nobody knows whether it comes.
      return !request.headers().containsKey("expect");
    }

    private void answer(String status, String type, String body) throws IOException {
      String head =
          "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
              .formatted(status, type, body.length());
      toClient.write((head + body).getBytes(ISO_8859_1));
      toClient.flush();
    }

    private void skip(long length) throws IOException {
      fromClient.skipNBytes(length);
    }

    private boolean forward(Head request, String method, String path, boolean cut)
        throws IOException {
      request.headers().computeIfPresent("host", (name, value) -> "127.0.0.1:" + upstream);
      if (request.headers().remove("expect") != null) {
        toClient.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1));
        toClient.flush();
      }
      if (etags.containsKey(path) || withoutEtags) {
        // The server would hold it against the etag that it has.
        Optional<String> wanted = Optional.ofNullable(request.headers().remove("if-match"));
        if (wanted.isPresent()
            && etags.containsKey(path)
            && !wanted.get().equals(etags.get(path))) {
          answer(
              "412 Precondition Failed",
              "application/xml",
              "<Error><Code>PreconditionFailed</Code><Message>changed</Message></Error>");
          return true;
        }
      }
      request.write(toServer, "");
      copyBody(request, fromClient, toServer, Long.MAX_VALUE);
      toServer.flush();
      Head response = Head.read(fromServer).orElseThrow(EOFException::new);
      boolean hasBody =
          !method.equals("HEAD")
              && !response.first().contains(" 204 ")
              && !response.first().contains(" 304 ");
      if (withoutEtags) {
        response.headers().remove("etag");
      }
      if (etags.containsKey(path)) {
        response.headers().put("etag", etags.get(path));
      }
      String more = method.equals("HEAD") ? checksums.getOrDefault(path, "") : "";
      boolean object =
          method.equals("GET") && response.first().contains(" 20") && !path.endsWith("/");
      if (withoutEtags && hasBody && response.header("content-type").orElse("").contains("xml")) {
        return listingWithoutEtags(response);
      }
      response.write(toClient, more);
      long limit = cut && object && response.length() > 1 ? response.length() / 2 : Long.MAX_VALUE;
      if (hasBody) {
        copyBody(response, fromServer, toClient, limit);
      }
      toClient.flush();
      if (limit < Long.MAX_VALUE) {
        faulted.incrementAndGet();
        // Half of the cut connections end in a reset, the others as if all had been said.
        client.setSoLinger(response.length() % 2 == 0, 0);
        client.close();
        return false;
      }
      return true;
    }

    private boolean listingWithoutEtags(Head response) throws IOException {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      if (response.header("transfer-encoding").isPresent()) {
        for (long size = chunk(); size > 0; size = chunk()) {
          body.write(fromServer.readNBytes((int) size));
          Head.line(fromServer);
        }
        Head.line(fromServer);
        response.headers().remove("transfer-encoding");
      } else {
        body.write(fromServer.readNBytes((int) response.length()));
      }
      byte[] without =
          body.toString(ISO_8859_1).replaceAll("<ETag>[^<]*</ETag>", "").getBytes(ISO_8859_1);
      response.headers().put("content-length", Integer.toString(without.length));
      response.write(toClient, "");
      toClient.write(without);
      toClient.flush();
      return true;
    }

    private long chunk() throws IOException {
      return Long.parseLong(Head.line(fromServer).orElseThrow(EOFException::new), 16);
    }

    private void copyBody(Head head, InputStream in, OutputStream out, long limit)
        throws IOException {
      if (head.header("transfer-encoding").isEmpty()) {
        copy(in, out, Math.min(head.length(), limit));
        return;
      }
      while (true) {
        String size = Head.line(in).orElseThrow(EOFException::new);
        out.write((size + "\r\n").getBytes(ISO_8859_1));
        long length = Long.parseLong(size.replaceFirst(";.*", ""), 16);
        copy(in, out, length);
        Head.line(in);
        out.write("\r\n".getBytes(ISO_8859_1));
        if (length == 0) {
          return;
        }
      }
    }

    private void copy(InputStream in, OutputStream out, long length) throws IOException {
      long left = length;
      while (left > 0) {
        int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (read < 0) {
          throw new EOFException();
        }
        out.write(buffer, 0, read);
        left -= read;
        if (out == toClient) {
          bytes.addAndGet(read);
        }
      }
    }
  }
}
