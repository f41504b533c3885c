// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.NativeCall;
import java.lang.foreign.MemorySegment;

/**
 * A ring's pages in this process: one page for the consumer's position, writable, and behind it,
 * read-only as the kernel demands, one for the producer's and the data twice. An access after
 * {@link #close} would end the JVM, so the reader stops first.
 */
public final class RingMapping implements AutoCloseable {
  private static final long MAP_FAILED = -1;

  private final int mapFd;
  private final long pageBytes;
  private final MemorySegment consumer;
  private final MemorySegment producerAndData;

  private RingMapping(
      int mapFd, long pageBytes, MemorySegment consumer, MemorySegment producerAndData) {
    this.mapFd = mapFd;
    this.pageBytes = pageBytes;
    this.consumer = consumer;
    this.producerAndData = producerAndData;
  }

  static RingMapping of(int mapFd, long ringBytes) {
    long pageBytes = Libbpf.sysconf(Libbpf._SC_PAGESIZE());
    MemorySegment consumer = map(mapFd, pageBytes, true, 0);
    MemorySegment rest = map(mapFd, pageBytes + 2 * ringBytes, false, pageBytes);
    return new RingMapping(mapFd, pageBytes, consumer, rest);
  }

  static MemorySegment map(int fd, long length, boolean writable, long offset) {
    int protection = writable ? Libbpf.PROT_READ() | Libbpf.PROT_WRITE() : Libbpf.PROT_READ();
    MemorySegment mapped =
        Libbpf.mmap(MemorySegment.NULL, length, protection, Libbpf.MAP_SHARED(), fd, offset);
    if (mapped.address() == MAP_FAILED) {
      throw Failure.missing(
          "map a BPF map",
          Errno.describe(NativeCall.errno()),
          "check the limits of locked and virtual memory, or choose a smaller ring size");
    }
    return mapped.reinterpret(length);
  }

  public RingReader reader() {
    return new RingReader(
        consumer, producerAndData.asSlice(0, pageBytes), producerAndData.asSlice(pageBytes));
  }

  int mapFd() {
    return mapFd;
  }

  @Override
  public void close() {
    Libbpf.munmap(consumer, consumer.byteSize());
    Libbpf.munmap(producerAndData, producerAndData.byteSize());
  }
}
