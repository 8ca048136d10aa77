namespace SharpRunc.Core.Checking;

/// <summary>Error: create refuses the bundle, or the container cannot start. Warning: it works, but not as it is written.</summary>
internal enum Severity { Error, Warning }

/// <summary>A mistake in a bundle.</summary>
/// <param name="Pointer">JSON pointer into config.json; "" for the whole of it.</param>
/// <param name="Line">From 1; 0: no place in the file is known.</param>
/// <param name="Column">In code points, from 1.</param>
/// <param name="Hint">What to do about it, when known.</param>
internal sealed record Problem(Severity Severity, string Pointer, int Line, int Column, string Message, string? Hint = null);
