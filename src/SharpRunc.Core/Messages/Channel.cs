using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Messages;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>One end of the socket pair between the runtime and a child that it sets up.</summary>
internal sealed class Channel(Fd socket) : IDisposable
{
    /// <summary>Room for one v1 `tasks` descriptor per hierarchy.</summary>
    private const int MaxDescriptors = 32;

    private const int LongestMessage = 8192;

    /// <summary>Made when a message is awaited: the end that the other process will use never needs it here.</summary>
    private byte[] buffer = [];
    private int length;
    private Message early;
    private byte[] earlyBytes = [];
    private Fd[] earlyFds = [];

    public Fd Socket => socket;

    /// <summary>The last message, including its kind.</summary>
    public ReadOnlySpan<byte> Whole => buffer.AsSpan(0, length);

    /// <summary>The last message without its kind.</summary>
    public ReadOnlySpan<byte> Payload => length == 0 ? [] : buffer.AsSpan(1, length - 1);

    /// <summary>The pid of the sender of the last message; 0 unless <see cref="Sys.PassCredentials"/> enabled it.</summary>
    public int Sender { get; private set; }

    public void Dispose() => socket.Dispose();

    /// <summary>Whether a message is waiting, or the other side is gone.</summary>
    public bool HasMessage
    {
        get
        {
            Span<pollfd> wait = [new pollfd { fd = socket.Number, events = POLLIN }];
            return Sys.Poll(wait, 0) > 0;
        }
    }

    /// <summary>Whether the other side is gone.</summary>
    public bool IsClosed
    {
        get
        {
            Span<pollfd> wait = [new pollfd { fd = socket.Number }];
            return Sys.Poll(wait, 0) > 0;
        }
    }

    /// <summary>
    /// Sends a message. It is no error here if the other side is gone: the caller that waits for its answer learns that, and the cause.
    /// </summary>
    public void Send(Message kind, ReadOnlySpan<byte> payload = default, ReadOnlySpan<Fd> fds = default)
    {
        Span<byte> message = stackalloc byte[1 + payload.Length];
        message[0] = (byte)kind;
        payload.CopyTo(message[1..]);
        Span<int> numbers = stackalloc int[fds.Length];
        for (int i = 0; i < fds.Length; i++)
            numbers[i] = fds[i].Number;
        SysError error = Sys.TrySend(socket, message, numbers);
        if (error.Failed && error.Errno is not (EPIPE or ECONNRESET))
            throw error.On(kind.ToString()).ToException();
    }

    public Message Receive(out Fd[] fds)
    {
        if (buffer.Length == 0)
            buffer = new byte[LongestMessage];
        Span<int> descriptors = stackalloc int[MaxDescriptors];
        length = Sys.Receive(socket, buffer, descriptors, out int sender);
        Sender = sender;
        int count = 0;
        while (count < MaxDescriptors && descriptors[count] >= 0)
            count++;
        fds = count == 0 ? [] : new Fd[count];
        for (int i = 0; i < count; i++)
            fds[i] = Fd.Own(descriptors[i]);
        return length == 0 ? Message.None : (Message)buffer[0];
    }

    /// <summary>
    /// Waits, in the child, for one kind of answer. The parent sends <see cref="Message.Cgroups"/> unasked as soon as it can, so that
    /// message may come early and is kept. If the parent is gone, the child exits.
    /// </summary>
    public Fd[] Await(Message wanted)
    {
        if (early == wanted)
        {
            early = Message.None;
            earlyBytes.CopyTo(buffer, 0);
            length = earlyBytes.Length;
            return earlyFds;
        }
        using TraceStep step = Trace.Step(TraceKind.OtherSide, "the runtime");
        while (true)
        {
            Message got = Receive(out Fd[] fds);
            if (got == wanted)
                return fds;
            if (got == Message.None)
                throw new ContainerException(ErrorCode.ProcessEnded, "the runtime has ended");
            early = got;
            earlyBytes = Whole.ToArray();
            earlyFds = fds;
        }
    }

    /// <summary>Sends a failure of the set-up: its fields, separated by NUL.</summary>
    public void SendError(ContainerException e)
    {
        string stage = ((byte)e.Stage).ToString(), message = Shortened(e.Message), errno = e.Errno.ToString();
        string text = string.Join('\0', e.Code.Text, stage, message, e.Pointer, e.Call, e.Subject, errno, e.Hint);
        byte[] bytes = KernelText.Encode(text);
        Send(Message.Error, bytes.AsSpan(0, Math.Min(bytes.Length, LongestMessage - 1)));
    }

    /// <summary>Shortens the message, which may contain a path of any length: its beginning and end show what is wrong.</summary>
    private static string Shortened(string message)
    {
        const int Limit = 2000, Part = 900;
        return message.Length <= Limit ? message : $"{message[..Part]} … {message[^Part..]}";
    }

    public ContainerException ReadError()
    {
        string[] fields = KernelText.Decode(Payload).Split('\0');
        string? Field(int i) => i < fields.Length && fields[i].Length > 0 ? fields[i] : null;
        return new(new ErrorCode(Field(0) ?? ErrorCode.Internal.Text), Field(2) ?? "set-up failed")
        {
            Stage = byte.TryParse(Field(1), out byte stage) ? (Stage)stage : Progress.Stage,
            Pointer = Field(3),
            Call = Field(4),
            Subject = Field(5),
            Errno = int.TryParse(Field(6), out int errno) ? errno : 0,
            Hint = Field(7),
        };
    }
}
