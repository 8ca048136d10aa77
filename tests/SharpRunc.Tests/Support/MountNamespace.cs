using System;
using System.IO;
using System.Runtime.ExceptionServices;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Support;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A thread with a mount namespace of its own: what a test mounts there is seen by nobody else and goes with the thread. The
/// procfs of the thread's own view is /proc/thread-self; /proc/self is the host's.
/// </summary>
internal static class MountNamespace
{
    public static void Run(Action test)
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Ignore("needs root");
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                // A mount namespace is one thread's only if its working directory and root are.
                Sys.Unshare(CLONE_FS | CLONE_NEWNS, "mount namespace");
                Sys.MountPropagation("/", MS_PRIVATE | MS_REC);
                test();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>All of it shared, as systemd makes a host's.</summary>
    public static void RunShared(Action test) => Run(() =>
    {
        Sys.MountPropagation("/", MS_SHARED | MS_REC);
        test();
    });

    /// <summary>What is mounted in it, as proc_pid_mountinfo(5) tells.</summary>
    public static string Mounts() => File.ReadAllText("/proc/thread-self/mountinfo");
}
