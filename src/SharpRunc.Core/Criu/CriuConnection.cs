using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Criu;

/// <summary>A conversation with criu: first its version, then one request and the notifications that it sends meanwhile.</summary>
internal sealed class CriuConnection : IDisposable
{
    /// <summary>
    /// From 2021, like the oldest supported kernel: it has cgroup v2's freezer, external PID namespaces, status-ready and both LSM options.
    /// criu encodes 3.16 as 31600.
    /// </summary>
    public const int OldestVersion = 31600;

    private const int LongestAnswer = 64 * 1024;

    private readonly CriuProcess process;
    private readonly byte[] buffer = new byte[LongestAnswer];

    private CriuConnection(CriuProcess process) => this.process = process;

    public int Pid => process.Pid;

    public void Dispose() => process.Dispose();

    /// <exception cref="ContainerException">There is no criu in PATH, it does not run, or it is too old.</exception>
    public static CriuConnection Open(CriuSpawn how)
    {
        CriuConnection connection = new(CriuProcess.Start(how));
        try
        {
            ProtoWriter request = Request(CriuRequest.Version);
            request.Number(4 /* keep_open */, 1);
            connection.Send(request);
            int version = connection.Receive("version").Version;
            if (version >= OldestVersion)
                return connection;
            string tooOld = $"criu {version / 10000}.{version / 100 % 100} is too old";
            throw new ContainerException(ErrorCode.CriuTooOld, tooOld) { Hint = "3.16 or newer is required" };
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <exception cref="ContainerException">criu is missing features: the kernel does not provide one.</exception>
    public void Require(CriuFeature feature)
    {
        ProtoWriter asked = new(), request = Request(CriuRequest.FeatureCheck);
        asked.Number((int)feature, 1);
        request.Message(5 /* features */, asked);
        request.Number(4 /* keep_open */, 1);
        Send(request);
        if ((Receive("features").Features >> (int)feature & 1) == 0)
            throw new ContainerException(ErrorCode.CriuTooOld, $"criu is missing features: {feature}")
            {
                Hint = "this kernel lacks it: see criu check",
            };
    }

    /// <summary>
    /// Has criu carry out the request, and answers its notifications. When an answer fails, criu is told so and rolls back; then the
    /// failure is thrown.
    /// </summary>
    /// <param name="answer">Handles a notification; an exception from it is a negative answer.</param>
    /// <returns>criu's final response, which may be a failure.</returns>
    public CriuResponse Run(CriuRequest request, CriuOptions options, Action<CriuResponse> answer)
    {
        ProtoWriter message = Request(request);
        message.Message(2 /* opts */, options.Write());
        Send(message);
        Exception? refused = null;
        while (true)
        {
            CriuResponse response = Receive(request == CriuRequest.Restore ? "restore" : "dump");
            bool isLast = response.Type != CriuRequest.Notify;
            if (isLast && refused is not null)
                throw refused;
            if (isLast)
                return response;
            try
            {
                answer(response);
            }
            catch (Exception e) when (e is ContainerException or SysException)
            {
                refused = e;
            }
            response.ReleaseAttached()?.Dispose();
            ProtoWriter reply = Request(CriuRequest.Notify);
            reply.Number(3 /* notify_success */, refused is null ? 1 : 0);
            Send(reply);
        }
    }

    private static ProtoWriter Request(CriuRequest type)
    {
        ProtoWriter request = new();
        request.Number(1, (int)type);
        return request;
    }

    private void Send(ProtoWriter message)
    {
        if (Sys.TrySend(process.Socket, message.Written).Failed)
            throw process.ExitError();
    }

    /// <param name="asked">What it was asked, for a trace.</param>
    private CriuResponse Receive(string asked)
    {
        using TraceStep step = Trace.Step(TraceKind.Criu, asked);
        Span<int> descriptors = stackalloc int[1];
        int length = Sys.Receive(process.Socket, buffer, descriptors);
        if (length == 0)
            throw process.ExitError();
        return CriuResponse.Read(buffer.AsSpan(0, length), descriptors[0] >= 0 ? Fd.Own(descriptors[0]) : null);
    }
}
