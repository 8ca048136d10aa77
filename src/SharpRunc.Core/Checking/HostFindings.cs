using System;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Checking;

/// <summary>What is asked about, a config that breaks no rule, and where the answers go.</summary>
internal sealed class HostFindings(
    RuntimeContext context, Config config, string bundle, Action<ContainerException> add, Action<string> warn)
{
    public RuntimeContext Context => context;

    public Config Config => config;

    /// <summary>Absolute.</summary>
    public string Bundle => bundle;

    public string Rootfs => config.Root!.Path.StartsWith('/') ? config.Root.Path : $"{bundle}/{config.Root.Path}";

    public bool HasUser => Array.Exists(config.Linux.Namespaces, static entry => entry.Type == NamespaceType.User);

    /// <summary>The runtime may do what only the root of the machine may.</summary>
    public bool IsInitialRoot => context.Euid == 0 && !UserNamespace.IsNested();

    /// <summary>Runs one check, whose failure is a finding and keeps no other from running.</summary>
    public void Try(Action check)
    {
        try
        {
            check();
        }
        catch (ContainerException e)
        {
            add(e);
        }
        catch (SysException e)
        {
            add(ContainerException.From(ErrorCode.HostCallFailed, e, "cannot look at the host"));
        }
    }

    public void Error(ContainerException e) => add(e);

    public void Error(ErrorCode code, string pointer, string message, int errno = 0, string? hint = null)
        => add(new(code, message) { Pointer = pointer, Errno = errno, Hint = hint });

    public void Warn(string pointer, string message) => warn($"{pointer}: {message}");

    /// <param name="message">As create words it, with a pointer before it.</param>
    public void Warn(string message) => warn(message);

    /// <summary>
    /// A file in which the kernel or the administrator says how the host is set up; null: it is not there, or not for us to read.
    /// </summary>
    public static string? Read(string path, int most = 1 << 20)
    {
        using Fd? file = Sys.TryOpenAt(Fd.Cwd, path, O_RDONLY | O_NONBLOCK, out _);
        try
        {
            return file is null ? null : KernelText.Decode(Sys.ReadAll(file, path, most));
        }
        catch (SysException)
        {
            return null;
        }
    }
}
