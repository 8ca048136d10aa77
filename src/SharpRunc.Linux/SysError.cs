namespace SharpRunc.Linux;

/// <summary>
/// How a system call ended whose failure is an expected result: which call, on what, and why. The default value is success.
/// </summary>
internal readonly struct SysError(string call, string? subject, int errno)
{
    /// <summary>The name of the call: <c>openat2</c>, <c>move_mount</c>.</summary>
    public string Call => call;

    /// <summary>What it was called on, for users: a path, an interface, a cgroup file.</summary>
    public string? Subject => subject;

    /// <summary>errno(3), positive; 0: it succeeded.</summary>
    public int Errno => errno;

    public bool Failed => errno != 0;

    /// <summary>The same with the name that users know the subject by: a whole path where the call got its last component.</summary>
    public SysError On(string name) => new(call, name, errno);

    public SysException ToException() => new(call, subject, errno);

    public void ThrowIfFailed()
    {
        if (Failed)
            throw ToException();
    }
}
