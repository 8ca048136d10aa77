using System;
using SharpRunc.Core.LastMile;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Hooks;

/// <summary>
/// Lays out hooks in native memory for <see cref="Spawn"/>. The state is a memfd, not a pipe: a hook that does not read it can neither
/// block nor kill the process that runs it.
/// </summary>
internal static unsafe class HookLayout
{
    private const int StackSize = 64 * 1024;

    /// <param name="state">The state JSON for stdin.</param>
    /// <param name="environment">The environment of a hook without `env`.</param>
    /// <param name="inheritWhenEmpty">An empty `env` also gets <paramref name="environment"/> (startContainer, as in runc).</param>
    /// <param name="interruption">
    /// A descriptor: the hook is killed when it becomes readable or its other end is closed. null: the runtime's own signals.
    /// </param>
    public static HookData* LayOut(Hook[] hooks, byte[] state, string[] environment, bool inheritWhenEmpty, int? interruption = null)
    {
        if (hooks.Length == 0)
            return null;
        HookData* laid = (HookData*)Native.Allocate(hooks.Length * sizeof(HookData));
        byte* stack = Native.Allocate(StackSize); // shared: hooks run one after another
        for (int i = 0; i < hooks.Length; i++)
        {
            Hook hook = hooks[i];
            bool inherits = hook.Env is null || inheritWhenEmpty && hook.Env.Length == 0;
            laid[i] = new()
            {
                Path = Native.String(hook.Path),
                Argv = Native.Strings(hook.Args is { Length: > 0 } args ? args : [hook.Path]),
                Envp = Native.Strings(inherits ? environment : hook.Env!),
                Stdin = MemFd.Holding("state", state).Release(),
                Output = MemFd.Holding("hook output", []).Release(),
                TimeoutMilliseconds = hook.Timeout is { } seconds ? (int)Math.Min(seconds * 1000L, int.MaxValue) : -1,
                Interruption = interruption ?? Interruption.Descriptor,
                SessionKeyring = CallerKeyring.Number,
                Stack = stack + StackSize,
            };
        }
        return laid;
    }

    /// <summary>Closes what <see cref="LayOut"/> opened; the memory is freed with the process.</summary>
    public static void CloseOutputs(HookData* laid, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Sys.Close(laid[i].Stdin);
            Sys.Close(laid[i].Output);
        }
    }
}
