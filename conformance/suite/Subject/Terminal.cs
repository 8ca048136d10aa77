using System;
using System.IO;
using System.Threading;

namespace SharpRunc.Conformance;

/// <summary>The receiver of a container's terminal, as engines are.</summary>
internal sealed class Terminal : IDisposable
{
    private readonly Box box;
    private readonly UnixSocket socket;
    private readonly Thread thread;

    public Terminal(Box box)
    {
        this.box = box;
        // The path of a socket is short.
        socket = new UnixSocket(Path.Combine(box.Work, "console"));
        thread = new Thread(() => socket.Accept(untilClosed: false, out _, 15000)) { IsBackground = true };
        thread.Start();
    }

    /// <summary>Runs a program on the terminal; its answers go to a file, and the first of them is of that.</summary>
    public Answers Run(Action<Bundle> change, params string[] verbs)
    {
        Bundle bundle = box.NewBundle(b =>
        {
            b.Process["terminal"] = true;
            change(b);
        }, ["to /log/lines", .. verbs]);
        Container container = box.Create(bundle, "--console-socket", socket.Path);
        thread.Join();
        container.Start();
        container.WaitForEnd();
        return container.Log();
    }

    public Container TryCreate(Bundle bundle) => box.TryCreate(bundle, "--console-socket", socket.Path);

    public void Dispose()
    {
        // When nothing was sent it still waits; closing the socket under it would be an error there.
        if (!thread.Join(0))
            socket.Interrupt();
        thread.Join();
        socket.Dispose();
    }
}
