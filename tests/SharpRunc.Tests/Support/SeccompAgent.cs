using System;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Support;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Who listens at linux.seccomp.listenerPath, and decides on every call that is held (seccomp_unotify(2)).</summary>
internal sealed class SeccompAgent : IDisposable
{
    private static readonly nint Receive = unchecked((nint)0xC0502100), Answer = unchecked((nint)0xC0182101);
    private const uint Continue = 1;

    private readonly Listener listener = new(SocketType.Stream);
    private readonly List<Thread> threads = [];
    private readonly int error;
    private readonly long? value;
    private readonly List<int> held = [];

    /// <param name="error">What the calls fail with; 0: they are made.</param>
    /// <param name="value">Without an error: what the calls seem to return; they are not made.</param>
    public SeccompAgent(int error, long? value = null) => (this.error, this.value) = (error, value);

    public string Path => listener.Path;

    public string Directory => listener.Directory;

    /// <summary>The numbers of the calls that were held until now.</summary>
    public int[] Held
    {
        get
        {
            lock (held)
                return [.. held];
        }
    }

    public bool IsCalled => listener.IsCalled;

    /// <summary>Waits for as many containers and execs, in the background.</summary>
    /// <returns>What they were told of, once <see cref="Dispose"/> was called.</returns>
    public List<JsonElement> Serve(int connections)
    {
        List<JsonElement> told = [];
        Start(() =>
        {
            for (int i = 0; i < connections; i++)
            {
                List<(string Text, Fd[] Fds)> messages = listener.Accept();
                Assert.That(messages, Has.Count.EqualTo(1));
                Assert.That(messages[0].Fds, Has.Length.EqualTo(1));
                lock (told)
                    told.Add(JsonDocument.Parse(messages[0].Text).RootElement);
                Start(() => Decide(messages[0].Fds[0]));
            }
        });
        return told;
    }

    public void Dispose()
    {
        for (int i = 0; i < Count(); i++)
            Assert.That(threads[i].Join(30_000), Is.True, "a container with the filter is still there");
        listener.Dispose();

        int Count()
        {
            lock (threads)
                return threads.Count;
        }
    }

    private void Start(ThreadStart work)
    {
        Thread thread = new(work);
        lock (threads)
            threads.Add(thread);
        thread.Start();
    }

    /// <summary>Until nobody has the filter any more.</summary>
    private void Decide(Fd filter)
    {
        using (filter)
            while (true)
            {
                Span<pollfd> wait = [new pollfd { fd = filter.Number, events = POLLIN }];
                Sys.Poll(wait, -1);
                Notification call = default;
                if ((wait[0].revents & POLLIN) == 0)
                    return;
                if (Sys.TryIoctl(filter, Receive, ref call, "seccomp notify").Failed)
                    continue; // who made it is gone
                lock (held)
                    held.Add(call.Data.nr);
                Response response = new(call.Id, value ?? 0, -error, error == 0 && value is null ? Continue : 0);
                Sys.TryIoctl(filter, Answer, ref response, "seccomp notify");
            }
    }

    private readonly record struct Notification(ulong Id, uint Pid, uint Flags, seccomp_data Data);

    private readonly record struct Response(ulong Id, long Value, int Error, uint Flags);
}
