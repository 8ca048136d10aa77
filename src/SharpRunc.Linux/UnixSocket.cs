using System;

namespace SharpRunc.Linux;

/// <summary>unix(7): named sockets, by a path on the host or, with a leading @, by an abstract name.</summary>
internal static unsafe class UnixSocket
{
    /// <summary>The size of sun_path without its terminating NUL.</summary>
    private const int MaxPath = 107;

    /// <summary>
    /// The time limit for a listener to accept a connection or data; then EAGAIN. A peer that does neither would block the runtime for
    /// ever.
    /// </summary>
    private const int PatienceSeconds = 3;

    /// <param name="type">SOCK_STREAM or SOCK_DGRAM.</param>
    /// <param name="path">One of more than 107 bytes is opened first, because it would not fit into the address.</param>
    public static Fd Connect(string path, int type)
    {
        using Fd? place = IsLong(path) ? Sys.OpenAt(Fd.Cwd, path, O_PATH) : null;
        return Named(place?.ProcPath ?? path, path, type, isOurs: false);
    }

    /// <summary>A socket that has been found already.</summary>
    /// <param name="subject">What the caller calls it.</param>
    public static Fd Connect(Fd place, string subject, int type) => Named(place.ProcPath, subject, type, isOurs: false);

    /// <summary>
    /// Creates a socket named <paramref name="name"/> in a directory. Everyone may send to it: access is controlled by the directory.
    /// </summary>
    public static Fd Bind(Fd directory, string name, int type)
    {
        uint umask = Sys.Umask(0);
        try
        {
            return Named($"{directory.ProcPath}/{name}", name, type, isOurs: true);
        }
        finally
        {
            Sys.Umask(umask);
        }
    }

    private static Fd Named(string path, string subject, int type, bool isOurs)
    {
        sockaddr_un address = new() { sun_family = AF_UNIX };
        int length = KernelText.Encode(path, new Span<byte>(address.sun_path, MaxPath));
        bool isAbstract = path.StartsWith('@');
        if (isAbstract)
            address.sun_path[0] = 0;
        // An abstract name has an explicit length; a path ends with its NUL.
        int size = sizeof(ushort) + length + (isAbstract ? 0 : 1);
        Fd socket = Sys.Socket(AF_UNIX, type);
        if (!isOurs)
            Sys.SetSendTimeout(socket, PatienceSeconds);
        SysError error = isOurs ? Sys.TryBind(socket, address, size, subject) : Sys.TryConnect(socket, address, size, subject);
        if (!error.Failed)
            return socket;
        socket.Dispose();
        throw error.ToException();
    }

    private static bool IsLong(string path) => KernelText.Length(path) > MaxPath;
}
