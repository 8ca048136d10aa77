#pragma warning disable IDE0130 // the compiler knows the attribute by its full name
namespace System.Runtime;

/// <summary>
/// Calls a C symbol directly: no transition, and no poll for garbage collection. ILC looks for this name; .NET's own attribute is not
/// public.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RuntimeImportAttribute(string library, string symbol) : Attribute
{
    public string Library { get; } = library;
    public string Symbol { get; } = symbol;
}
